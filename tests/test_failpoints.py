"""The process is killed between every two stops of a message; nothing is lost, nothing doubled, order kept."""

import base64
import itertools
from collections.abc import Iterator, Sequence

import pytest

from hub.failpoints import FAILPOINTS
from hub.notifying.sending import MAILS_JOB, MAILS_QUEUE
from tests.databases import DATABASES, Templates
from tests.media_jobs.stage import PICTURE
from tests.rig import KINDS, Rig, until
from tests.rigs import Rigs

OF_MAILS = [name for name in FAILPOINTS if name.startswith("notification.")]
OF_REMOVALS = [name for name in FAILPOINTS if name.startswith("media.") and name.endswith("_remove")]
OF_FILES = [name for name in FAILPOINTS if name.startswith("media.") and name not in OF_REMOVALS]
OF_SAYING = [name for name in FAILPOINTS if name.startswith("say.")]
OF_CALLS = [name for name in FAILPOINTS if name.startswith("call.")]
"""Killed in tests/calling."""
OF_BANS = [name for name in FAILPOINTS if name.startswith("ban.")]
"""Killed in tests/numbers/cases."""
OF_NUMBERS = [name for name in FAILPOINTS if name.startswith(("order.", "account.", "return."))]
"""Killed in tests/numbers/supply."""
OF_LOOKS = [name for name in FAILPOINTS if name.startswith("look.")]
"""Killed in tests/numbers/health."""
OF_RECRUITING = [
    name for name in FAILPOINTS if name.startswith(("ledger.", "inviting.", "invitation.", "claim.", "held."))
]
"""Killed in tests/numbers/recruiting."""
OF_REPLACING = [
    name for name in FAILPOINTS if name.startswith(("registration.", "lending.", "templates.", "replacing."))
]
"""Killed in tests/numbers/registering and, as all of numbers and bans, in a whole hub by tests/bans."""
_ELSEWHERE = {
    *OF_REPLACING,
    *OF_RECRUITING,
    *OF_LOOKS,
    *OF_MAILS,
    *OF_REMOVALS,
    *OF_FILES,
    *OF_SAYING,
    *OF_CALLS,
    *OF_BANS,
    *OF_NUMBERS,
}
OF_TEXTS = [name for name in FAILPOINTS if name not in _ELSEWHERE]
OUR_MAILBOX = "owner@example.com"
WORD_OF_A_RULE = "quietly"
"""What makes the rule of these tests answer by itself; nobody else says it."""
_LEFT = {(1, "uncertain"), (1, "delivered")}
MAILS_END = {
    "notification.before_mark": {(1, "sent"), (1, "delivered")},
    "notification.after_mark": {(0, "uncertain")},
    "notification.after_send": _LEFT,
    "notification.before_record": _LEFT,
}
"""How many mails arrived, and what is known of them; a relay's report settles what the hub cannot know."""


def matrix(names: Sequence[str]) -> pytest.MarkDecorator:
    """Every failpoint on every kind and database.

    Without a marker each failpoint once, the rest rotating; with `-m matrix` on every other kind, the databases in
    turn; `-m twin` is the same on the other database.
    """
    cases = [
        pytest.param(
            database,
            kind,
            name,
            marks=[pytest.mark.xdist_group(f"failpoints-{database}"), *([] if chosen else [marker])],
            id=f"{name}-{kind}-{database}",
        )
        for name in names
        for database in DATABASES
        for kind in KINDS
        for index in [FAILPOINTS.index(name)]
        for chosen in [kind == KINDS[index % 5] and database == DATABASES[index // 5 % 2]]
        for in_turn in [DATABASES[(index + KINDS.index(kind)) % 2]]
        for marker in [pytest.mark.matrix if database == in_turn else pytest.mark.twin]
    ]
    return pytest.mark.parametrize(("rig", "kind", "name"), cases, indirect=["rig"])


_serial = itertools.count()


@pytest.fixture(scope="module")
def rigs(tmp_path_factory: pytest.TempPathFactory, templates: Templates) -> Iterator[Rigs]:
    with Rigs(tmp_path_factory, templates, "failpoints") as made:
        yield made


@pytest.fixture
def rig(request: pytest.FixtureRequest, rigs: Rigs) -> Rig:
    return rigs.on(request.param)


@pytest.mark.chaos
@pytest.mark.timeout(240)
@matrix(OF_TEXTS)
def test_a_process_killed_here_loses_and_doubles_nothing(rig: Rig, kind: str, name: str) -> None:
    case = f"case{next(_serial):04d}"
    person = _person(kind, case)
    rig.write_as_customer(kind, person, f"{case} before")
    rig.wait_until_settled()
    conversation = until("the conversation", lambda: rig.conversation_with(kind, case))

    rig.arm(name)
    wrote = [f"{case} message {number}" for number in range(4)]
    for text in wrote[:2]:
        rig.write_as_customer(kind, person, text)
    answers = [rig.answer(conversation["id"], f"{case} answer {number}") for number in range(2)]
    for text in wrote[2:]:
        rig.write_as_customer(kind, person, text)
    until(f"failpoint {name}", rig.fired, 60)

    rig.wait_until_settled()
    ended = until("the answers to end", lambda: _ended(rig, conversation["id"], answers))
    _check_inbound(rig, conversation["id"], kind, [f"{case} before", *wrote])
    _check_outbound(rig, kind, person, ended)
    balance = rig.balance()
    counted = sum(balance[part] for part in ("handled", "pending", "failed", "unreadable", "duplicates"))
    assert balance["received"] == counted
    assert (balance["failed"], balance["unreadable"], balance["quarantined"]) == (0, 0, 0)


@pytest.mark.chaos
@pytest.mark.timeout(240)
@matrix(OF_FILES)
def test_a_process_killed_here_brings_a_file_in_once(rig: Rig, kind: str, name: str) -> None:
    case, stored = f"file{next(_serial):04d}", len(rig.stored_files())
    rig.arm(name)
    rig.write_as_customer(kind, _person(kind, case), case, _picture(case))
    until(f"failpoint {name}", rig.fired, 60)
    rig.end_file_leases()
    file = until("the file", lambda: _file_in(rig, kind, case), 60)
    body = rig.api.get(f"/api/v1/attachments/{file['attachment_id']}").content
    assert (body, len(rig.stored_files())) == (_bytes_of(case), stored + 1)


@pytest.mark.chaos
@pytest.mark.timeout(240)
@matrix(OF_REMOVALS)
def test_a_process_killed_here_removes_the_file_of_who_is_erased(rig: Rig, kind: str, name: str) -> None:
    case, stored = f"gone{next(_serial):04d}", rig.stored_files()
    rig.write_as_customer(kind, _person(kind, case), case, _picture(case))
    until("the file", lambda: _file_in(rig, kind, case), 60)
    rig.wait_until_settled()
    conversation = until("the conversation", lambda: rig.conversation_with(kind, case))
    rig.arm(name)
    rig.post(f"/api/v1/contacts/{conversation['contact']['id']}/erase", {"reason": "asked for it"})
    until(f"failpoint {name}", rig.fired, 60)
    rig.end_removal_claims()
    until("an empty storage", lambda: rig.stored_files() == stored, 60)


@pytest.mark.chaos
@pytest.mark.timeout(240)
@matrix(OF_MAILS)
def test_a_process_killed_here_mails_nothing_twice(rig: Rig, kind: str, name: str) -> None:
    case = f"mail{next(_serial):04d}"
    rig.write_as_customer(kind, _person(kind, case), case)
    conversation = until("the conversation", lambda: rig.conversation_with(kind, case))
    before = len(rig.outbox("email", OUR_MAILBOX))
    rig.arm(name)
    rig.request("POST", f"/api/v1/conversations/{conversation['id']}/transcript", {"to": "me"}, key=case)
    rig.wake(MAILS_QUEUE, MAILS_JOB)
    until(f"failpoint {name}", rig.fired, 60)
    state = until("the mail to end", lambda: _mail_ended(rig, conversation["id"]))
    arrived = len(rig.outbox("email", OUR_MAILBOX)) - before
    assert (arrived, state) in MAILS_END[name]


@pytest.mark.chaos
@pytest.mark.timeout(240)
@matrix(OF_SAYING)
def test_a_process_killed_here_says_an_automatic_answer_once(rig: Rig, kind: str, name: str) -> None:
    case = f"auto{next(_serial):04d}"
    answer = f"{case} is answered by itself"
    rule = {"name": case, "when": {"keywords": [WORD_OF_A_RULE]}, "then": {"answer": answer}}
    rig.request("PUT", "/api/v1/routing/rules", {"rules": [rule]})
    rig.arm(name)
    person = _person(kind, case)
    rig.write_as_customer(kind, person, f"{case} {WORD_OF_A_RULE}")
    until(f"failpoint {name}", rig.fired, 60)
    conversation = until("the conversation", lambda: rig.conversation_with(kind, case))

    def said() -> list[dict[str, str]]:
        ours = [entry for entry in rig.thread(conversation["id"]) if entry["direction"] == "outbound"]
        return [entry for entry in ours if entry["status"] not in ("queued", "sending")]

    [message] = until("the answer to be sent", said, 60)
    assert (message["status"] in ("sent", "delivered", "read"), answer in message["text"]) == (True, True)
    rig.wait_until_settled()
    assert sum(answer in item["text"] for item in rig.outbox(kind, person)) == 1


def _picture(case: str) -> dict[str, str]:
    """A picture that is nobody else's."""
    return {"kind": "image", "name": f"{case}.png", "content_type": "image/png",
            "base64": base64.b64encode(_bytes_of(case)).decode()}  # fmt: skip


def _bytes_of(case: str) -> bytes:
    return PICTURE + case.encode()


def _file_in(rig: Rig, kind: str, case: str) -> dict[str, str] | None:
    """The file of a conversation's messages, once it is there."""
    conversation = rig.conversation_with(kind, case)
    if conversation is None:
        return None
    parts = [part for entry in rig.thread(conversation["id"]) for part in entry["parts"]]
    ready = [part for part in parts if part.get("state") == "ready"]
    return ready[0] if ready else None


def _mail_ended(rig: Rig, conversation_id: str) -> str:
    rig.wake(MAILS_QUEUE, MAILS_JOB)
    [mail] = rig.get(f"/api/v1/conversations/{conversation_id}/notifications")["items"]
    return "" if mail["state"] in ("queued", "sending") else str(mail["state"])


def _person(kind: str, case: str) -> str:
    number = int(case[-4:])
    return {
        "telegram": str(720_000_000 + number),
        "facebook": f"2402000000{number:07d}",
        "whatsapp": f"+49152{25_000_000 + number}",
        "sms": f"+1202555{number % 10_000:04d}",
        "email": f"{case}@customers.example",
    }[kind]


def _ended(rig: Rig, conversation_id: str, answers: list[str]) -> list[dict[str, str]] | None:
    """The answers, once each is in a state that will not change by itself."""
    found = [entry for entry in rig.thread(conversation_id) if entry["id"] in answers]
    done = [entry for entry in found if entry["status"] not in ("queued", "sending")]
    return found if len(done) == len(answers) else None


def _check_inbound(rig: Rig, conversation_id: str, kind: str, wrote: list[str]) -> None:
    """Everything once; in the order it was written where the platform itself keeps one."""
    read = [entry["text"].strip() for entry in rig.thread(conversation_id) if entry["direction"] == "inbound"]
    assert sorted(read) == sorted(wrote)
    if kind in ("telegram", "facebook"):
        assert read == wrote


def _check_outbound(rig: Rig, kind: str, person: str, answers: list[dict[str, str]]) -> None:
    """Nobody got anything twice; what is marked sent arrived; only what is marked uncertain may be missing."""
    got = [item["text"] for item in rig.outbox(kind, person)]
    for answer in answers:
        arrived = sum(answer["text"] in text for text in got)
        assert arrived <= 1, f"{answer['text']} arrived {arrived} times"
        if answer["status"] in ("sent", "delivered", "read"):
            assert arrived == 1, f"{answer['text']} is marked {answer['status']} and did not arrive"
        else:
            assert answer["status"] == "uncertain", f"{answer['text']} ended as {answer['status']}"
