"""The hub's own looks at senders that the sandbox bans: each level is seen, and judged as what it is."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.channels.base import Adapter
from hub.channels.egress import Egress
from hub.channels.http import HttpFactory
from hub.channels.registry import build_adapters
from hub.numbers.policy.judging import judge
from hub.sandbox import seeds
from hub.types import ChannelKind, JournalEvent, ProviderAccount, Secret, Sender, SenderReported, WebhookRequest
from hub.types.bans import Confidence, History, Look, Signal, SignalSource, Standing
from tests.sandbox.world import Receiver, Sandbox
from tests.twilio.account import SMS

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
_URLS = ("telegram_api_url", "facebook_graph_url", "twilio_api_url", "twilio_messaging_url", "twilio_numbers_url")
_ACCOUNT = ProviderAccount("P1", seeds.ACCOUNT_SID, {"auth_token": Secret(seeds.ACCOUNT_TOKEN)})
_WHATSAPP = next(each for each in seeds.NUMBERS if each.sender_sid)
_SMS = next(each for each in seeds.NUMBERS if not each.sender_sid)
_BOT, _PAGE = seeds.BOTS[0], seeds.PAGES[0]
_ADDRESSES = {
    "telegram": (str(_BOT.id), {"bot_token": _BOT.token, "webhook_secret": "secret-of-the-bot"}),
    "facebook": (_PAGE.id, {"page_access_token": _PAGE.token, "page_id": _PAGE.id}),
    "whatsapp": (_WHATSAPP.number, {}),
    "sms": (_SMS.number, {}),
}


@pytest.fixture
def adapters(sandbox: Sandbox, receiver: Receiver) -> dict[ChannelKind, Adapter]:
    changes: dict[str, Any] = {**dict.fromkeys(_URLS, sandbox.url), "public_url": receiver.url}
    changes |= {"facebook_app_id": seeds.APP_ID, "facebook_app_secret": Secret(seeds.APP_SECRET)}
    context = SMS.context()
    settings = type(context.settings)(_env_file=None, **changes)  # type: ignore[call-arg]
    return build_adapters(replace(context, settings=settings, http=HttpFactory(Egress(settings, frozenset))))


def sender_of(kind: str) -> Sender:
    address, credentials = _ADDRESSES[kind]
    secrets = {name: Secret(value) for name, value in credentials.items()}
    account = _ACCOUNT if not credentials else None
    return Sender("S1", "O1", "C1", ChannelKind(kind), address, "Support", credentials=secrets, account=account)


def look(adapters: dict[ChannelKind, Adapter], kind: str) -> Look:
    return asyncio.run(adapters[ChannelKind(kind)].look(sender_of(kind), NOW))


def ban(sandbox: Sandbox, kind: str, level: str, reach: str) -> None:
    to = {} if reach in {"provider_account", "business_account", "portfolio", "app"} else {"to": _ADDRESSES[kind][0]}
    sandbox.post("/control/bans", {"channel": kind, "level": level, "reach": reach, **to})


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("telegram", ["getMe/ok"]),
        ("facebook", ["page/ok"]),
        ("whatsapp", ["account/active", "sender/ONLINE", "quality/HIGH"]),
        ("sms", ["account/active", "number/owned"]),
    ],
)
def test_setup_leaves_nothing_to_mend(adapters: dict[ChannelKind, Adapter], kind: str, codes: list[str]) -> None:
    asyncio.run(adapters[ChannelKind(kind)].setup(sender_of(kind)))
    found = look(adapters, kind)
    assert ([each.code for each in found.signals], found.drift, found.online) == (codes, (), True)


@pytest.mark.parametrize("kind", ["telegram", "facebook", "whatsapp", "sms"])
def test_a_sender_that_leads_nowhere_yet_is_drift_that_setup_mends(
    adapters: dict[ChannelKind, Adapter], kind: str
) -> None:
    before = look(adapters, kind)
    assert before.drift
    assert all(each.mended_by_setup for each in before.drift)


@pytest.mark.parametrize(
    ("kind", "level", "reach", "judged"),
    [
        ("telegram", "banned", "sender", "credentials sender"),
        ("telegram", "credentials", "sender", "credentials sender"),
        ("facebook", "credentials", "sender", "credentials sender"),
        ("facebook", "account", "app", "credentials sender"),
        ("whatsapp", "banned", "sender", "banned business_account"),
        ("whatsapp", "banned", "business_account", "banned business_account"),
        ("whatsapp", "banned", "portfolio", "banned portfolio"),
        ("whatsapp", "account", "provider_account", "account provider_account"),
        ("whatsapp", "credentials", "provider_account", "credentials provider_account"),
        ("sms", "banned", "sender", "banned sender"),
        ("sms", "account", "provider_account", "account provider_account"),
    ],
)
def test_two_looks_at_a_banned_sender_are_judged_as_what_it_is(
    adapters: dict[ChannelKind, Adapter], sandbox: Sandbox, kind: str, level: str, reach: str, judged: str
) -> None:
    ban(sandbox, kind, level, reach)
    found = look(adapters, kind)
    again = [replace(each, at=NOW + timedelta(seconds=30)) for each in found.signals]
    judgement = judge(History((*found.signals, *again)), Standing(worked_at=NOW - timedelta(days=9)), again[-1].at)
    assert (judgement.confidence, f"{judgement.level} {judgement.reach}") == (Confidence.CONFIRMED, judged)
    assert found.online is not True


@pytest.mark.parametrize(
    ("told", "codes"),
    [
        ("banned", ["account_update/DISABLED_UPDATE/DISABLE"]),
        ("restricted", ["account_update/ACCOUNT_RESTRICTION/RESTRICTED_BIZ_INITIATED_MESSAGING"]),
    ],
)
def test_what_meta_tells_of_a_business_account_is_read_for_its_senders(
    adapters: dict[ChannelKind, Adapter], sandbox: Sandbox, receiver: Receiver, told: str, codes: list[str]
) -> None:
    sandbox.post("/control/settings", {"facebook_webhook_url": f"{receiver.url}/webhooks/facebook"})
    body = {"channel": "whatsapp", "level": told, "reach": "business_account", "forbids": ["unasked"]}
    sandbox.post("/control/bans", body)
    sandbox.idle()
    [call] = [call for call in receiver.of("/webhooks/facebook") if call.method == "POST"]
    request = WebhookRequest("POST", "/webhooks/facebook", "", call.headers, call.body, NOW)
    [raw] = adapters[ChannelKind("facebook")].split(request)
    assert raw.business_account == sandbox.get("/control/numbers")["businesses"][0]["id"]
    event = JournalEvent(raw.key, {}, raw.body, NOW)
    found = [
        each for each in adapters[raw.kind].parse(event, sender_of("whatsapp")) if isinstance(each, SenderReported)
    ]
    assert [each.code for each in found] == codes
    signal = Signal("twilio", SignalSource.WEBHOOK, found[0].code, NOW - timedelta(seconds=5))
    judgement = judge(History((signal, *look(adapters, "whatsapp").signals)), Standing(), NOW)
    assert (judgement.level, judgement.confidence) == (told, Confidence.CONFIRMED)
