"""What an organization is shown of a number it has: no id of the supplier's, no word of the supplier's, anywhere."""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import anyio
import httpx
from sqlalchemy import Table, insert, select, update
from sqlmodel import SQLModel
from starlette.applications import Starlette

from hub.access.organizations import OrganizationChanges, change_organization
from hub.crypto import token_hash
from hub.db.session import PlatformWork
from hub.db.tables.core import (
    ACCOUNT,
    CONVERSATION,
    NOTICE,
    NOTIFICATION,
    OUTGOING_CALL,
    RECIPIENT,
    SENT_INVITATION,
    SESSION,
    SIGNAL,
    USER,
)
from hub.numbers.cases.commands import Acceptance
from hub.outbound.saying import Reply
from hub.outbound.submit import submit
from hub.privacy import cases as privacy
from hub.privacy import work as privacy_work
from hub.privacy.cases import request_of
from hub.types import FailureKind, Level, Reach, SendFailure
from hub.types.bans import AppealState
from hub.web.app import create_app
from tests.api.conftest import Api
from tests.isolation.expected import API, PAGES, Line
from tests.numbers.playing.calling import Call, account_of, post
from tests.numbers.playing.everything import Numbers
from tests.numbers.playing.messengers import MemoryMessenger
from tests.numbers.playing.play import FOR_SALE, Play, phone

OURS = FOR_SALE[0]
_BASE = "https://hub.example.com"
_WORDS = "SPLAT-words"
"""What only the supplier says."""
_TELLING = re.compile(rf"(?:AC|MG|XE|PN|HX)[0-9a-f]{{32}}|WABA-|portfolio-Acme|token-AC|{_WORDS}")
"""Ids of accounts, messaging services, senders, numbers, templates, a business account, a portfolio; a token; words."""
_PATH_PART = re.compile(r"\{\w+\}")


def tell_everything(day: Numbers) -> None:
    """A ban with the supplier's words and ids in all that comes, up to a ledger, an invitation and a held message."""
    play, org = day.play, day.org(0)
    change_organization(play.services, org.actor, OrganizationChanges(webhook_url="https://hooks.example.com/bans"))
    _write_with_ids(play)
    on = next(each.channel_id for each in play.senders() if (each.kind, each.address) == ("whatsapp", OURS))
    one, other, *_ = play.rows(select(CONVERSATION).where(CONVERSATION.c.channel_id == on))
    _fail(day, one.id)
    sender = next(each for each in play.senders() if (each.kind, each.address) == ("whatsapp", OURS))
    account, _ = account_of(play, 0)
    day.ban(sender, ("sender/OFFLINE", f"{_WORDS}: {account} banned XE{'a' * 32}"))
    submit(play.services, org.actor, other.id, Reply("It waits"))
    _win(day)


def _write_with_ids(play: Play) -> None:
    ours = account_of(play, 0)
    more = {"MessagingServiceSid": "MG" + "1" * 32, "NumberSid": "PN" + "2" * 32, "ChannelPrefix": "whatsapp"}
    fields = {"From": f"whatsapp:{phone(2)}", "To": f"whatsapp:{OURS}", "MessageSid": "SM" + "9" * 32, "Body": "hello",
              "NumMedia": "0", "SmsStatus": "received", **more}  # fmt: skip
    assert post(play, Call("a message", "/webhooks/twilio/messages", fields), *ours).is_success
    play.take_in()


def _fail(day: Numbers, conversation_id: str) -> None:
    """A send that the supplier refuses in its own words."""
    play = day.play
    account, _ = account_of(play, 0)
    found = play.services.adapters["whatsapp"]  # type: ignore[index]
    assert isinstance(found, MemoryMessenger)
    said = f"{_WORDS} of {account} with MG{'3' * 32}"
    found.answers.append(
        SendFailure(FailureKind.SENDER, "the messenger refuses it", "30007", Level.RESTRICTED, Reach.SENDER, text=said)
    )
    submit(play.services, day.org(0).actor, conversation_id, Reply("Good morning"))
    play.send()


def _win(day: Numbers) -> None:
    for _ in range(8):
        day.work()
        row = day.cases()[0]
        if row.state == "offered":
            day.accept(row, Acceptance("bought a list", AppealState.WAIVED, "no use"))
        day.go_on()
        day.people_are_invited()
        day.play.send()


# --- walking --------------------------------------------------------------------------------------------


class Walk:
    """Whatever an owner of the organization can ask for, with every id that their organization has."""

    def __init__(self, day: Numbers) -> None:
        self.play, self.org = day.play, day.org(0)
        self.app: Starlette = create_app(self.play.services)
        self.api = Api(self.play.services, self.app, self.play.world, self.org)
        self.token = self.api.token(self.org.actor)
        self.shown: dict[str, int] = {}
        self._sign_in()

    def _sign_in(self) -> None:
        long = self.play.clock().replace(year=2999)
        row = {"token_hash": token_hash("session of h9"), "organization_id": self.org.id, "csrf_token": "csrf",
               "user_id": self.org.actor.user_id, "created_at": self.play.clock(), "expires_at": long}  # fmt: skip
        with self.play.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
            tx.execute(insert(SESSION).values(**row))

    def paths(self, line: Line) -> Iterator[str]:
        path = line.route.split()[1]
        if not line.of:
            yield path
            return
        for value in self._ids(line.of)[:6]:
            yield _PATH_PART.sub(value, path)

    def _ids(self, table: str) -> list[str]:
        found: Table = SQLModel.metadata.tables[table]
        if "organization_id" not in found.c:
            return []
        return [str(row.id) for row in self.play.rows(select(found.c.id).where(found.c.organization_id == self.org.id))]

    def api_answers(self, *methods: str) -> Iterator[tuple[str, httpx.Response]]:
        for line in (each for each in API if each.route.split()[0] in methods and each.route != "GET /stream"):
            for path in self.paths(line):
                answer = self.api.call(line.route.split()[0], path, self.token, json=line.body)
                yield line.route, answer

    def page_answers(self, *methods: str) -> Iterator[tuple[str, httpx.Response]]:
        headers = {"X-CSRF-Token": "csrf", "Cookie": "hub_session=session of h9"}

        async def ask(method: str, path: str, body: Any) -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url=_BASE) as client:
                return await client.request(method, path, headers=headers, data=body)

        for line in (each for each in PAGES if each.route.split()[0] in methods):
            for path in self.paths(line):
                yield line.route, anyio.run(ask, line.route.split()[0], path, line.body)

    def check(self, answers: Iterator[tuple[str, httpx.Response]]) -> None:
        for route, answer in answers:
            if answer.is_success:
                self.shown[route] = self.shown.get(route, 0) + 1
            told = answer.content.decode("utf-8", "replace") + repr(dict(answer.headers)) + str(answer.url)
            assert not telling(told), (route, answer.status_code)


def telling(text: str) -> list[str]:
    return _TELLING.findall(text)


def test_no_answer_and_no_page_of_an_organization_shows_what_is_the_suppliers(day: Numbers) -> None:
    tell_everything(day)
    walk = Walk(day)
    walk.check(walk.api_answers("GET"))
    walk.check(walk.page_answers("GET"))
    for route in ("GET /channels/{id}", "GET /bans/{id}", "GET /bans/{id}/recipients", "GET /conversations/{id}/held",
                  "GET /messages/{id}/raw", "GET /messages/{id}/attempts", "GET /channels/{id}/incidents", "GET /audit",
                  "GET /bans/{case_id}", "GET /admin/channels/{channel_id}", "GET /inbox/{conversation_id}/thread",
                  "GET /organization/webhook/calls"):  # fmt: skip
        assert walk.shown.get(route), f"{route} showed nothing at all"
    # what they may change, too: refusals have words of their own
    walk.check(walk.api_answers("POST", "PATCH", "PUT"))
    walk.check(walk.page_answers("POST"))


def test_what_is_told_shows_nothing_of_the_suppliers_either(day: Numbers) -> None:
    tell_everything(day)
    play, org = day.play, day.org(0)
    mine = {each.name: play.rows(select(each).where(each.c.organization_id == org.id))
            for each in (NOTIFICATION, OUTGOING_CALL, NOTICE)}  # fmt: skip
    assert all(mine.values())
    assert telling(repr(mine)) == []
    messengers = [each for each in play.services.adapters.values() if isinstance(each, MemoryMessenger)]
    sent = [text for each in messengers for text in each.texts]
    assert any("-" in each for each in sent)
    assert telling(" ".join(sent)) == []


def test_an_export_of_a_person_shows_nothing_of_the_suppliers(day: Numbers) -> None:
    tell_everything(day)
    play, org = day.play, day.org(0)
    for contact_id in {row.contact_id for row in play.identities(org)}:
        request = request_of(org.actor, contact_id, "they asked")
        case = privacy.begin_export(play.services, request)
        privacy_work.work_on(play.services, case.id, 30)
        _, archive = privacy.fetch_export(play.services, request)
        with zipfile.ZipFile(io.BytesIO(archive)) as files:
            assert len(files.namelist()) > 1
            for name in files.namelist():
                assert telling(files.read(name).decode("utf-8", "replace")) == [], name


def test_what_is_looked_for_is_there_to_be_found(day: Numbers) -> None:
    """Otherwise the tests above would prove nothing: the platform's rows and its own answers have all of it."""
    tell_everything(day)
    play = day.play
    assert telling(repr(play.rows(select(ACCOUNT)))) != []
    assert any(_WORDS in row.text for row in play.rows(select(SIGNAL)))
    assert play.rows(select(RECIPIENT))
    assert play.rows(select(SENT_INVITATION))
    actor = day.org(0).actor
    with play.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        tx.execute(update(USER).where(USER.c.id == actor.user_id).values(platform_admin=True))
    api = Api(play.services, create_app(play.services), play.world, day.org(0))
    shown = api.call("GET", "/platform/provider-accounts", api.token(actor, ("platform:*",)))
    assert telling(shown.text) != [], shown.text
