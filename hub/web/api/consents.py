"""Consents: what people said to being written to."""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, Field

from hub.access.permissions import Permission
from hub.db.consents import ConsentRecord
from hub.numbers import consents
from hub.numbers.policy.caps import Answer
from hub.types import Page
from hub.types.numbers import Purpose
from hub.web.api.frame import Body, Call, Endpoint, Listing, Shown


class Consent(Shown):
    id: str
    identity_id: str
    purpose: Literal["service", "invitation", "marketing"]
    answer: Literal["given", "withdrawn"]
    source: str
    text_version: str
    user_id: str | None = Field(description="Who entered it; null: the hub, from what the person wrote")
    at: datetime


class NewConsent(Body):
    identity_id: str = Field(min_length=1, max_length=26, description="Which of the contact's addresses it is for")
    purpose: Purpose
    answer: Answer = Answer.GIVEN
    source: str = Field(min_length=1, max_length=200, description="How it is known: a form, a message, a list")
    text_version: str = Field("", max_length=200, description="Which text they agreed to")
    at: AwareDatetime | None = Field(None, description="When they said it, with its zone; now, when it is left out")


class ConsentLine(Body):
    kind: str = Field(min_length=1, max_length=20, description="The channel kind of the address")
    address: str = Field(min_length=1, max_length=320)
    at: AwareDatetime | None = Field(None, description="When they said it, with its zone; now, when it is left out")


class ManyConsents(Body):
    purpose: Purpose
    answer: Answer = Answer.GIVEN
    source: str = Field(min_length=1, max_length=200, description="How it is known: a form, a list")
    text_version: str = Field("", max_length=200, description="Which text they agreed to")
    lines: list[ConsentLine] = Field(min_length=1, max_length=consents.MOST_LINES)


class ConsentResult(Shown):
    result: Literal["recorded", "known", "unknown", "refused"] = Field(
        description="known: it was there; unknown: nobody has this address; refused: they took it back since"
    )


class ConsentResults(Shown):
    items: list[ConsentResult] = Field(description="One for each line, in their order")


def list_consents(call: Call[None, None]) -> Page[ConsentRecord]:
    return Page(tuple(consents.list_consents(call.services, call.actor, call.path["id"])), None)


def record_consent(call: Call[NewConsent, None]) -> ConsentRecord:
    body = call.body
    new = consents.NewConsent(body.identity_id, body.purpose, body.answer, body.source, body.text_version, body.at)
    return consents.record_consent(call.services, call.actor, call.path["id"], new)


def record_many(call: Call[ManyConsents, None]) -> dict[str, list[dict[str, str]]]:
    body = call.body
    lines = tuple(consents.Line(each.kind, each.address.strip(), each.at) for each in body.lines)
    many = consents.ManyConsents(body.purpose, body.answer, body.source.strip(), body.text_version.strip(), lines)
    results = consents.record_many(call.services, call.actor, many)
    return {"items": [{"result": each.value} for each in results]}


ENDPOINTS = (
    Endpoint("GET", "/contacts/{id}/consents", "List what a contact agreed to", list_consents, Listing[Consent],
             permission=Permission.READ_CONTACTS),
    Endpoint("POST", "/contacts/{id}/consents", "Record what a contact said to being written to", record_consent,
             Consent, body=NewConsent, status=201, permission=Permission.EDIT_CONTACTS),
    Endpoint("POST", "/consents", "Record what many people said, by their addresses; safe to repeat", record_many,
             ConsentResults, body=ManyConsents, permission=Permission.EDIT_CONTACTS),
)  # fmt: skip
