"""What is done at Meta for a page beside sending: marks, reactions, names, files, and what became of a send."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from unicodedata import normalize

import httpx

from hub.channels.egress import EgressRefused
from hub.channels.facebook.errors import classify
from hub.channels.facebook.reactions import WORDS, without_colour
from hub.channels.facebook.webhook import plain_id
from hub.channels.fetching import Fetched, FetchFailed, FetchRefused, Gone, TooLarge
from hub.channels.http import HttpFactory
from hub.channels.meta.graph import Graph, GraphError, rows_of
from hub.errors import UnsupportedContent
from hub.types import (
    Chore,
    Errand,
    FailureKind,
    Found,
    InboundEvent,
    JsonObject,
    LookUp,
    MarkSeen,
    NotKnown,
    NotSent,
    Person,
    PersonNamed,
    React,
    Secret,
    Sender,
    ShowTyping,
    Uncertain,
)

LOOK_UP_NAME = "look_up_name"
_GONE = frozenset({403, 404, 410})
"""How the file servers answer once a link has run out (general knowledge, not confirmed)."""
_FILE_TIMEOUT = httpx.Timeout(30.0, connect=5.0)
_SKEW = timedelta(seconds=5)
_LISTED = 25
# the wording of this edge is general knowledge, not confirmed; an answer of another shape tells nothing
_MESSAGES = f"messages.limit({_LISTED}){{id,message,created_time,from}}"


async def run(graph: Graph, errand: Errand, sender: Sender) -> Sequence[InboundEvent]:
    """Do an errand. Raises UnsupportedContent before any call, GraphError, httpx.HTTPError."""
    match errand:
        case MarkSeen(person):
            await _act(graph, sender, person, {"sender_action": "mark_seen"})
        case ShowTyping(person):
            await _act(graph, sender, person, {"sender_action": "typing_on"})
        case React():
            await _act(graph, sender, errand.person, _reaction(errand))
        case Chore(what, data) if what == LOOK_UP_NAME:
            return await _name(graph, sender, data)
        case _:
            raise UnsupportedContent("Messenger lets nobody change or take back a message of a page")
    return ()


async def _act(graph: Graph, sender: Sender, person: Person, action: JsonObject) -> None:
    await graph.post("me/messages", token_of(sender), {"recipient": {"id": person.address}, **action})


def _reaction(errand: React) -> JsonObject:
    """The form of this call is general knowledge, not confirmed; that reactions can be sent is (providers.md B4)."""
    if not errand.emoji:
        return {"sender_action": "unreact", "payload": {"message_id": errand.external_id}}
    word = WORDS.get(without_colour(errand.emoji))
    if word is None:
        raise UnsupportedContent(f"Messenger knows these reactions only: {' '.join(WORDS)}")
    return {"sender_action": "react", "payload": {"message_id": errand.external_id, "reaction": word}}


async def _name(graph: Graph, sender: Sender, data: JsonObject) -> Sequence[InboundEvent]:
    """Ask what a person is called; Meta does not tell it of everybody, and that is no failure."""
    psid = plain_id(data.get("address"))
    if psid is None:
        return ()
    try:
        profile = await graph.get(psid, token_of(sender), {"fields": "first_name,last_name"})
    except GraphError as error:
        if classify(error).kind in {FailureKind.TRY_LATER, FailureKind.RATE_LIMITED, FailureKind.UNCERTAIN}:
            raise
        return ()
    names = (profile.get(each) for each in ("first_name", "last_name"))
    name = " ".join(each.strip() for each in names if isinstance(each, str) and each.strip())
    return (PersonNamed(Person(psid, scope=sender.address), name),) if name else ()


# --- what became of a send ------------------------------------------------------------------------------


async def look_up(graph: Graph, uncertain: Uncertain, sender: Sender) -> LookUp:
    """Compare the page's conversation with what was said. Raises GraphError, httpx.HTTPError.

    A text is found by its words and time; of equal ones each counts once, because what is known to be another message
    is left out. That nothing was sent is said only when the list reaches back beyond the attempt and holds since then
    nothing of the page that could be it: for a mere text, nothing of these words.
    """
    query = {"platform": "messenger", "user_id": uncertain.message.recipient.address, "fields": _MESSAGES}
    answer = await graph.get(f"{sender.address}/conversations", token_of(sender), query)
    listed = [row for found in rows_of(answer) for row in rows_of(_object(found.get("messages")))]
    since = uncertain.tried_at - _SKEW
    ours = [row for row in listed if _is_from(row, sender.address) and not _is_another(row, uncertain, since)]
    words = _plain(uncertain.message.text)
    same = [row for row in ours if words and _plain(row.get("message")) == words]
    for row in reversed(same):
        if (mid := plain_id(row.get("id"))) and _created(row):
            return Found(mid)
    possible = same if words and not uncertain.message.parts else ours
    return NotSent() if not possible and _reaches(listed, uncertain.tried_at) else NotKnown()


def _is_another(row: JsonObject, uncertain: Uncertain, since: datetime) -> bool:
    """Whether a message was there before the attempt, or is known as one of our others."""
    at = _created(row)
    return (at is not None and at < since) or row.get("id") in uncertain.known


def _plain(text: Any) -> str:
    """Meta may trim a text and change its line ends; white space tells no two messages apart."""
    return " ".join(normalize("NFC", text).split()) if isinstance(text, str) else ""


def _reaches(listed: Sequence[JsonObject], tried_at: datetime) -> bool:
    """Newest first: the list is whole from now back to its oldest message.

    One that is not full begins with the conversation, so that it begins before the attempt at all is enough: people
    may be answered within the seconds by which clocks differ.
    """
    before = tried_at if len(listed) < _LISTED else tried_at - _SKEW
    return any(at < before for row in listed if (at := _created(row)))


def _is_from(row: JsonObject, page: str) -> bool:
    return str(_object(row.get("from")).get("id")) == page


def _created(row: JsonObject) -> datetime | None:
    value = row.get("created_time")
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found.astimezone(UTC) if found and found.tzinfo else None


def _object(value: Any) -> JsonObject:
    return value if isinstance(value, dict) else {}


# --- files ----------------------------------------------------------------------------------------------


async def download(http: HttpFactory, source: str, limit: int) -> Fetched:
    """Fetch a file from where Meta keeps it; the link itself is all it takes. Raises the errors of FetchError."""
    try:
        async with (
            http.client(follow_redirects=True, max_redirects=3) as client,
            client.stream("GET", source, timeout=_FILE_TIMEOUT) as response,
        ):
            return await _read(response, limit)
    except EgressRefused:
        raise FetchRefused("the file lies at an address that is none of Meta's file servers") from None
    except (httpx.HTTPError, httpx.InvalidURL):
        raise FetchFailed("the file server did not answer; it is tried again") from None


async def _read(response: httpx.Response, limit: int) -> Fetched:
    if response.status_code in _GONE:
        raise Gone("Meta does not keep this file any more")
    if not response.is_success:
        raise FetchFailed("the file server did not hand the file out; it is tried again")
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > limit:
            raise TooLarge(f"the file has more than {limit} bytes")
    return Fetched(bytes(body), response.headers.get("content-type", "").partition(";")[0].strip())


def token_of(sender: Sender) -> Secret:
    """Return the page's access token."""
    return sender.credentials["page_access_token"]
