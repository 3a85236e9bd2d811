"""The page of a contact: their addresses, and what they said to being written to."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from hub.access.permissions import Permission
from hub.contacts import get_contact
from hub.db.consents import ConsentRecord
from hub.db.contacts import ContactRecord, IdentityRecord
from hub.errors import HubError, Invalid, NotFound
from hub.numbers.consents import NewConsent, list_consents, record_consent
from hub.numbers.policy.caps import Answer, consent_for
from hub.types.numbers import Purpose
from hub.web.inbox.views import channel_words
from hub.web.language import marked
from hub.web.rendering import render
from hub.web.shell import frame
from hub.web.visits import Visit, see, sentence, visited
from hub.wiring import Services

CONTACTS: Final = "/contacts"
PURPOSES: Final = (
    (Purpose.SERVICE, marked("purpose|Service")),
    (Purpose.INVITATION, marked("purpose|Invitations")),
    (Purpose.MARKETING, marked("purpose|Advertising")),
)
_SAVED: Final = marked("It is entered.")
_FIELDS: Final = ("identity_id", "purpose", "answer", "source", "text_version")


def routes(services: Services) -> list[Route]:
    one = CONTACTS + "/{contact_id}"
    return [
        Route(one, visited(services, show, Permission.READ_CONTACTS), methods=["GET"]),
        Route(one + "/consents", visited(services, enter, Permission.EDIT_CONTACTS), methods=["POST"]),
    ]


def show(visit: Visit) -> Response:
    return _page(visit, {})


def enter(visit: Visit) -> Response:
    """Add an entry to what somebody agreed to; why it was refused stands above, with what was typed."""
    contact_id = visit.path("contact_id")
    try:
        record_consent(visit.services, visit.actor, contact_id, _read(visit))
    except HubError as error:
        if isinstance(error, NotFound):
            raise
        typed = {name: visit.one(name) for name in _FIELDS}
        return _page(visit, {"problem": sentence(visit.language.retell(error.detail)), "typed": typed}, error.status)
    return see(f"{CONTACTS}/{contact_id}?saved=1")


def _read(visit: Visit) -> NewConsent:
    if visit.one("purpose") not in list(Purpose) or visit.one("answer") not in list(Answer):
        raise Invalid("choose one of what the page offers")
    return NewConsent(
        identity_id=visit.one("identity_id"),
        purpose=Purpose(visit.one("purpose")),
        answer=Answer(visit.one("answer")),
        source=visit.one("source"),
        text_version=visit.one("text_version"),
    )


def _page(visit: Visit, more: Mapping[str, Any], status: int = 200) -> Response:
    contact = get_contact(visit.services, visit.actor, visit.path("contact_id"))
    entries = list_consents(visit.services, visit.actor, contact.id)
    shown = {
        "contact": contact,
        "rows": [_row(each, entries) for each in contact.identities],
        "purposes": [(str(purpose), label) for purpose, label in PURPOSES],
        "entries": [_entry(each, contact) for each in reversed(entries)],
        "may_edit": visit.may(Permission.EDIT_CONTACTS),
        "saved": _SAVED if visit.query("saved") else "",
        "problem": "",
        "typed": {},
        **channel_words(visit.services),
    }
    return render("contact.html", {**frame(visit, "inbox"), **shown, **more}, status)


def _row(identity: IdentityRecord, entries: Sequence[ConsentRecord]) -> dict[str, Any]:
    ledger = [each.as_policy() for each in entries]
    standing = [consent_for(ledger, identity.id, purpose) for purpose, _ in PURPOSES]
    return {"identity": identity, "standing": standing}


def _entry(each: ConsentRecord, contact: ContactRecord) -> dict[str, Any]:
    whose = next((one for one in contact.identities if one.id == each.identity_id), None)
    return {
        "at": each.at,
        "purpose": dict(PURPOSES)[each.purpose],
        "answer": each.answer,
        "source": each.source,
        "text_version": each.text_version,
        "address": (whose.name or whose.address) if whose else "",
    }
