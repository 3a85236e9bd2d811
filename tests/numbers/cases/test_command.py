"""`hub bans`: whoever runs the hub sees everybody's bans from the command line; nothing is said that a shop hides."""

import pytest
from typer.testing import CliRunner

from hub import contacts
from hub.cli import app
from hub.numbers.consents import NewConsent, record_consent
from hub.numbers.policy.caps import Answer
from hub.numbers.policy.ways import REASONS, Why
from hub.types.numbers import Purpose
from tests.numbers.cases.bans import OURS, SECRETS, Bans


def run(bans: Bans, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> list[str]:
    monkeypatch.setattr("hub.cli.bans.opened", lambda _data: _Lent(bans))
    done = CliRunner().invoke(app, ["bans", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output.splitlines()


class _Lent:
    """The hub of the test, which goes on after the command."""

    def __init__(self, bans: Bans) -> None:
        self._bans = bans

    def __enter__(self) -> object:
        return self._bans.services

    def __exit__(self, *_: object) -> None: ...


def test_the_list_says_of_each_ban_how_far_it_is_and_where(bans: Bans, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(bans, monkeypatch, "list") == []
    case_id = bans.offered()
    [line] = run(bans, monkeypatch, "list")
    channel = bans.api.owner("GET", f"/channels/{bans.banned.id}").json()["name"]
    since = f"{bans.services.clock():%Y-%m-%d %H:%M}"
    assert line == f"{case_id}  offered     banned (sender)  {channel}, whatsapp, since {since}"
    assert not [each for each in (*SECRETS, OURS) if each in line]


def test_a_rehearsal_says_whom_it_would_reach_and_writes_nothing(bans: Bans, monkeypatch: pytest.MonkeyPatch) -> None:
    stage, mailbox = bans.stage, bans.stage.channel("email", "support@shop.example")
    agreed, silent, _ = (stage.open_conversation(bans.banned, f"+4917000000{number}") for number in range(3))
    for talk, address in ((agreed, "a@example.com"), (silent, "b@example.com")):
        contacts.merge(
            bans.services, bans.org.actor, talk.contact.id, stage.open_conversation(mailbox, address).contact.id
        )
    known = contacts.get_contact(bans.services, bans.org.actor, agreed.contact.id).identities
    said = NewConsent(
        next(each.id for each in known if each.kind == "email"), Purpose.INVITATION, Answer.GIVEN, "a form"
    )
    record_consent(bans.services, bans.org.actor, agreed.contact.id, said)
    before = bans.audited()
    first, way, *published = run(bans, monkeypatch, "rehearse", "--channel", bans.banned.id)
    assert (first, way) == ("3 people, 1 of them can be invited in 1 day", "  1 by email in 1 day")
    assert sorted(published) == sorted(
        f"  1 only by publishing: {REASONS[why]}" for why in (Why.NO_CONSENT, Why.NO_WAY)
    )
    assert bans.audited() == before
