"""Every company the hub may send data to, and what of it (J0, F10, F12, K23, X11). Data only; nothing here is decided.

docs/providers.md is generated from it, the egress rule lets connections go nowhere else, and the export of a person
names the recipients from it. Change REGISTRY_VERSION with every change of an entry: whoever activated an optional
provider is then asked to look again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from hub.errors import NotFound

REGISTRY_VERSION: Final = "2026-11-22.2"


class Need(StrEnum):
    """inherent: a channel that customers connect cannot work without it. optional: off until somebody activates it.
    chosen: an organization names it, for its own data only.
    """

    INHERENT = "inherent"
    OPTIONAL = "optional"
    CHOSEN = "chosen"


@dataclass(frozen=True, slots=True)
class MediaHosts:
    """Hosts that a provider hands out addresses of its files at: `domain` and all below it, https on port 443 only.

    `source` says where that is written, or that it is not confirmed.
    """

    domain: str
    source: str


@dataclass(frozen=True, slots=True)
class Provider:
    """One company.

    id          what it is called in commands, in the API and in the facts of adapters
    name        the company in law
    purpose     what the data goes there for, and for nothing else (F12)
    data        which data that is
    region      where it is processed
    basis       why it may go there (GDPR), as far as the hub can say it
    settings    the settings whose URLs are its hosts; whoever runs the hub may point them elsewhere
    reviewed    when somebody last compared this entry with the facts
    """

    id: str
    name: str
    purpose: str
    data: tuple[str, ...]
    region: str
    basis: str
    need: Need
    settings: tuple[str, ...]
    reviewed: date
    media: tuple[MediaHosts, ...] = ()

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of `settings` in the environment."""
        return tuple(f"HUB_{name.upper()}" for name in self.settings)


_CHOSEN_BY_PERSON = (
    "Art. 6(1)(b) and (f) GDPR: the person writes by this messenger and is answered there; the company runs it as a "
    "controller of its own"
)
_PROCESSOR = "Art. 6(1)(b) and (f) GDPR, processing on behalf under Art. 28"

PROVIDERS: Final = (
    Provider(
        id="telegram",
        name="Telegram FZ-LLC / Telegram Messenger Inc.",
        purpose="Receiving and answering messages written to the customer's bot",
        data=(
            "bot token",
            "chat id of the person",
            "text and files of the answers",
            "ids of messages and files that are asked for",
            "address of the hub's webhook",
        ),
        region="Outside the EU and worldwide; the company names no fixed place",
        basis=f"{_CHOSEN_BY_PERSON}; third country",
        need=Need.INHERENT,
        settings=("telegram_api_url",),
        reviewed=date(2026, 11, 22),
    ),
    Provider(
        id="meta",
        name="Meta Platforms Ireland Ltd. / Meta Platforms, Inc.",
        purpose="Receiving and answering messages written to the customer's page; carrying WhatsApp messages",
        data=(
            "page access token and proof of the app's secret",
            "page-scoped id of the person, or their number on WhatsApp",
            "text and files of the answers",
            "the id of the delivery at the hub, given back with the echo",
            "address of the hub's webhook",
        ),
        region="Ireland, United States and worldwide",
        basis=f"{_CHOSEN_BY_PERSON}; third country: adequacy decision or standard contractual clauses",
        need=Need.INHERENT,
        settings=("facebook_graph_url", "facebook_dialog_url"),
        reviewed=date(2026, 11, 22),
        media=(
            MediaHosts("fbcdn.net", "not confirmed: general knowledge; webhooks only say that files lie elsewhere"),
            MediaHosts("fbsbx.com", "not confirmed: general knowledge; webhooks only say that files lie elsewhere"),
        ),
    ),
    Provider(
        id="twilio",
        name="Twilio Inc. / Twilio Ireland Ltd.",
        purpose="Carrying SMS and WhatsApp messages; owning, registering and checking the numbers they come from",
        data=(
            "account id and auth token",
            "number of the person, and the hub's own number",
            "text and files of the answers",
            "the id of the delivery at the hub, in the address that receipts come to",
            "names and variables of message templates",
        ),
        region="United States (US1), unless the settings name hosts of another region",
        basis=f"{_PROCESSOR}; third country: adequacy decision or binding corporate rules",
        need=Need.INHERENT,
        settings=("twilio_api_url", "twilio_messaging_url", "twilio_numbers_url", "twilio_content_url"),
        reviewed=date(2026, 11, 22),
        media=(MediaHosts("mms.twiliocdn.com", "Twilio's help page on protecting media with HTTP authentication"),),
    ),
    Provider(
        id="amazon-ses",
        name="Amazon Web Services EMEA SARL (SES)",
        purpose="Handing over mails, as the primary relay",
        data=(
            "user and password of the relay",
            "mail addresses of the person and of the hub, with the names shown beside them",
            "subject, text and files of the answers",
            "message ids of the thread, the signed reply address and the id of the delivery at the hub",
        ),
        region="The region in the host's name, such as eu-central-1",
        basis=_PROCESSOR,
        need=Need.INHERENT,
        settings=("mail_primary_url", "ses_sns_url"),
        reviewed=date(2026, 11, 22),
    ),
    Provider(
        id="mailgun",
        name="Mailgun Technologies, Inc. (Sinch)",
        purpose="Handing over a mail that the primary relay could not take, as the backup relay",
        data=(
            "user and password of the relay",
            "mail addresses of the person and of the hub, with the names shown beside them",
            "subject, text and files of those answers that the primary relay could not take",
            "message ids of the thread, the signed reply address and the id of the delivery at the hub",
        ),
        region="European Union (smtp.eu.mailgun.org) or United States, by the host's name",
        basis=f"{_PROCESSOR}; in the United States: adequacy decision or standard contractual clauses",
        need=Need.OPTIONAL,
        settings=("mail_backup_url",),
        reviewed=date(2026, 11, 22),
    ),
    Provider(
        id="object-storage",
        name="The operator of the S3-compatible store that the setting names",
        purpose="Keeping the files of messages, instead of the hub's own disk",
        data=(
            "files of messages, sealed with a key that the store does not have",
            "length and time of each file, and when it is read",
            "id of the organization and a keyed fingerprint of the content, as the file's name",
            "id of the access key, and the signature made with it",
        ),
        region="The region of the bucket, as agreed with the operator",
        basis=_PROCESSOR,
        need=Need.OPTIONAL,
        settings=("media_s3_url",),
        reviewed=date(2026, 11, 22),
    ),
)

OWN_SERVER: Final = Provider(
    id="own-server",
    name="The organization's own server, or whoever runs it for them",
    purpose="Telling the organization's own software what befalls its channels, by signed calls",
    data=(
        "what happened to a channel and when, how bad it is, and the evidence in the hub's words",
        "name and id of the channel, and how many conversations and people it has",
        "the name of the admin who asks for a test call",
    ),
    region="Where the organization runs it",
    basis="Given to the controller itself, at the address its admins entered; no person of a conversation is named",
    need=Need.CHOSEN,
    settings=("webhook_hosts",),
    reviewed=date(2026, 11, 22),
)
"""Whom an organization lets the hub tell (hub.calling): no entry of PROVIDERS, for nobody else's data goes there, and a
rule of its own says where it may be (hub.channels.own_server)."""

OF_EVERY_KIND: Final = frozenset({"object-storage"})
"""Ids of the providers that get data whichever channel kind it came by; those of one kind are named by its adapter."""

_BY_ID: Final[Mapping[str, Provider]] = {provider.id: provider for provider in PROVIDERS}


def get_provider(provider_id: str) -> Provider:
    """Raises NotFound."""
    found = _BY_ID.get(provider_id)
    if found is None:
        raise NotFound(f"no provider {provider_id!r} in the registry; `hub providers list` shows them")
    return found
