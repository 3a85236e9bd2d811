"""Conversations and messages through the API, from a customer's webhook to the operator's answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from hub.access.tokens import create_token
from hub.wiring import Services
from tests.api.served import Served, serve
from tests.world import Channel, Organization, World


@dataclass(frozen=True)
class Line:
    """A served hub with one Telegram channel, called with one token."""

    served: Served
    org: Organization
    channel: Channel
    token: str

    def call(self, method: str, path: str, **content: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}", **content.pop("headers", {})}
        return self.served.http.request(method, f"/api/v1{path}", headers=headers, **content)

    def conversation(self) -> dict[str, Any]:
        found = self.call("GET", "/conversations").json()["items"]
        assert len(found) == 1
        return dict(found[0])


@pytest.fixture
def line(services: Services, world: World, org: Organization) -> Iterator[Line]:
    channel = world.channel(org, "telegram", "1000")
    token = create_token(services, org.actor, "line", ["admin"]).token
    with serve(services) as served:
        yield Line(served, org, channel, token)


def test_what_a_customer_writes_becomes_a_conversation(line: Line) -> None:
    line.served.hear(line.channel, "Where is my order?", 1)
    line.served.hear(line.channel, "It is late.", 2)
    shown = line.conversation()
    expected = {
        "status": "new",
        "waiting_for": "us",
        "channel": {"id": line.channel.id, "kind": "telegram", "name": "Support on telegram"},
        "group": {"id": line.org.group_id, "name": "Support"},
        "assignee": {"id": line.org.operator.user_id, "name": "Ben Operator"},
        "unread": 2,
    }
    assert {name: shown[name] for name in expected} == expected
    assert shown["contact"]["name"] == "Carla"
    assert shown["routing"]["reason"]
    assert shown["reply_window"] == {"open": True, "until": None, "late_until": None, "lawful": [], "by_mail": False}
    assert line.call("GET", f"/conversations/{shown['id']}").json() == shown
    messages = line.call("GET", f"/conversations/{shown['id']}/messages").json()["items"]
    inbound = [each for each in messages if each["direction"] == "inbound"]
    assert [each["text"] for each in inbound] == ["Where is my order?", "It is late."]
    assert inbound[0]["author"]["type"] == "contact"
    assert inbound[0]["status"] == "received"
    assert inbound[0]["external_id"]
    assert inbound[0]["parts"][0]["type"]


def test_an_answer_is_taken_with_202_and_repeated_by_its_key(line: Line) -> None:
    line.served.hear(line.channel, "Hello?", 1)
    path = f"/conversations/{line.conversation()['id']}/messages"
    headers = {"Idempotency-Key": "answer 1"}
    first = line.call("POST", path, json={"text": "Good morning"}, headers=headers)
    assert first.status_code == 202, first.text
    assert (first.json()["direction"], first.json()["status"]) == ("outbound", "queued")
    assert first.json()["author"]["name"] == line.org.actor.name
    repeat = line.call("POST", path, json={"text": "Good morning"}, headers=headers)
    assert (repeat.status_code, repeat.content) == (202, first.content)
    texts = [each["text"] for each in line.call("GET", path).json()["items"] if each["direction"] == "outbound"]
    assert texts == ["Good morning"]
    assert (line.conversation()["status"], line.conversation()["waiting_for"]) == ("pending", "customer")


def test_a_note_is_not_an_answer(line: Line) -> None:
    line.served.hear(line.channel, "Hello?", 1)
    path = f"/conversations/{line.conversation()['id']}/messages"
    assert line.call("POST", path, json={"text": "Ask Ben", "note": True}).json()["direction"] == "note"
    assert line.conversation()["status"] == "new"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": " "},
        {"text": 5},
        {"text": "a", "template": {"name": "x"}},
        {"text": "a", "location": {"latitude": 91, "longitude": 0}},
    ],
)
def test_what_the_channel_cannot_say_is_422(line: Line, body: dict[str, Any]) -> None:
    line.served.hear(line.channel, "Hello?", 1)
    answer = line.call("POST", f"/conversations/{line.conversation()['id']}/messages", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_conversation_is_closed_reopened_snoozed_named_and_read(line: Line) -> None:
    line.served.hear(line.channel, "Hello?", 1)
    path = f"/conversations/{line.conversation()['id']}"
    assert line.call("POST", f"{path}/read").json()["unread"] == 0
    assert line.call("POST", f"{path}/topic", json={"topic": "Refund"}).json()["topic"] == "Refund"
    until = "2999-01-01T00:00:00Z"
    assert line.call("POST", f"{path}/snooze", json={"until": until}).json()["snoozed_until"] == until
    assert line.call("POST", f"{path}/snooze", json={"until": "2001-01-01T00:00:00Z"}).status_code == 422
    assert line.call("POST", f"{path}/snooze", json={"until": "2999-01-01T00:00:00"}).status_code == 422
    assert line.call("POST", f"{path}/close").json()["status"] == "closed"
    assert line.call("POST", f"{path}/reopen").json()["status"] == "new"


def test_taking_a_conversation_somebody_has_is_a_conflict(line: Line) -> None:
    line.served.hear(line.channel, "Hello?", 1)
    path = f"/conversations/{line.conversation()['id']}/assign"
    assert line.call("POST", path, json={"take": True}).status_code == 409
    given = line.call("POST", path, json={"user_id": line.org.actor.user_id})
    assert given.json()["assignee"]["id"] == line.org.actor.user_id
    assert line.call("POST", path, json={"user_id": "nobody"}).status_code in {404, 422}


def test_a_conversation_is_handed_on_with_a_note_and_released(line: Line) -> None:
    line.served.hear(line.channel, "Hello", 1)
    conversation = line.conversation()["id"]
    path = f"/conversations/{conversation}/assign"
    handed = line.call("POST", path, json={"user_id": line.org.actor.user_id, "note": "She asks for a refund"})
    assert handed.json()["assignee"]["id"] == line.org.actor.user_id
    messages = line.call("GET", f"/conversations/{conversation}/messages").json()["items"]
    [note] = [each for each in messages if each["direction"] == "note"]
    assert (note["text"], note["author"]["id"]) == ("She asks for a refund", line.org.actor.user_id)
    released = line.call("POST", path, json={"release": True})
    assert (released.status_code, released.json()["assignee"]) == (200, None)
    assert released.json()["group"]["id"] == line.org.group_id
    assert line.call("POST", path, json={"release": True}).status_code == 409
    assert line.call("POST", path, json={"release": True, "take": True}).status_code == 422
    assert line.call("POST", path, json={"note": "x"}).status_code == 422
    total = line.call("GET", "/usage").json()["total"]
    assert (total["by_hand"], total["handling"]["count"]) == (1, total["assignments"])


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 2),
        ("?status=new", 2),
        ("?status=closed", 0),
        ("?assignee=me", 0),
        ("?sort=waiting", 2),
        ("?sort=priority", 2),
        ("?limit=1", 1),
        ("?status=&channel=&group=&assignee=&contact=&q=&sort=&limit=&cursor=", 2),
        ("?channel=nowhere", 0),
    ],
)
def test_conversations_are_filtered_sorted_and_paged(line: Line, query: str, count: int) -> None:
    line.served.hear(line.channel, "first", 1, person=77)
    line.served.hear(line.channel, "second", 2, person=78)
    answer = line.call("GET", f"/conversations{query}")
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["items"]) == count
    assert (answer.json()["next"] is not None) == (query == "?limit=1")


def test_a_thread_is_paged_towards_the_newest(line: Line) -> None:
    for number in range(1, 4):
        line.served.hear(line.channel, f"message {number}", number)
    path = f"/conversations/{line.conversation()['id']}/messages"
    seen, cursor = [], None
    while True:
        page = line.call("GET", path, params={"limit": 1, **({"cursor": cursor} if cursor else {})}).json()
        seen += [each["text"] for each in page["items"] if each["direction"] == "inbound"]
        if (cursor := page["next"]) is None:
            break
    assert seen == ["message 1", "message 2", "message 3"]
    last = line.call("GET", path, params={"limit": 1, "newest": True}).json()["items"]
    assert len(last) == 1


def test_only_a_failed_message_is_sent_again(line: Line) -> None:
    line.served.hear(line.channel, "Hello?", 1)
    sent = line.call("POST", f"/conversations/{line.conversation()['id']}/messages", json={"text": "Hi"}).json()
    assert line.call("POST", f"/messages/{sent['id']}/retry").status_code == 409


def test_an_operator_of_another_organization_finds_nothing(line: Line, world: World, services: Services) -> None:
    line.served.hear(line.channel, "Hello?", 1)
    conversation = line.conversation()["id"]
    message = line.call("GET", f"/conversations/{conversation}/messages").json()["items"][0]["id"]
    other = world.organization("Other")
    foreign = Line(line.served, other, line.channel, create_token(services, other.actor, "spy", ["admin"]).token)
    assert foreign.call("GET", "/conversations").json() == {"items": [], "next": None}
    for method, path, body in (
        ("GET", f"/conversations/{conversation}", None),
        ("GET", f"/conversations/{conversation}/messages", None),
        ("POST", f"/conversations/{conversation}/messages", {"text": "hello"}),
        ("POST", f"/conversations/{conversation}/close", None),
        ("POST", f"/conversations/{conversation}/read", None),
        ("POST", f"/conversations/{conversation}/assign", {"take": True}),
        ("POST", f"/messages/{message}/retry", None),
    ):
        assert foreign.call(method, path, json=body).status_code == 404, path


def test_the_balance_counts_what_came(line: Line) -> None:
    line.served.hear(line.channel, "Hello?", 1)
    line.served.hear(line.channel, "Hello?", 1)
    counted = line.call("GET", f"/intake?channel={line.channel.id}").json()
    assert (counted["received"], counted["handled"], counted["duplicates"]) == (2, 1, 1)
