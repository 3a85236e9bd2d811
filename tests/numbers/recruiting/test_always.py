"""Whatever happens in whatever order: everybody is counted once, and nobody gets what they must not get."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as any_

from hub.numbers.policy.caps import Answer
from hub.types.numbers import RecipientState as S
from tests.numbers.recruiting.stage import Recruiting, Somebody

_PEOPLE = 4
_WHAT = (
    "writes",
    "stops",
    "unsubscribes",
    "agrees",
    "withdraws",
    "uses_code",
    "guesses",
    "invites",
    "answers",
    "waits",
)
_STEPS = any_.lists(any_.tuples(any_.sampled_from(_WHAT), any_.integers(0, _PEOPLE - 1)), min_size=5, max_size=25)


class _Play:
    """One run: what was done, and what therefore must never have been sent."""

    def __init__(self, scene: Recruiting, run: int) -> None:
        self.scene = scene
        self.numbers = [run * _PEOPLE + each for each in range(_PEOPLE)]
        self.people = [scene.somebody(each, mail=True, bot=each % 2 == 0) for each in self.numbers]
        self.out: set[int] = set()
        self.withdrawn: set[int] = set()
        self.wrote: set[int] = set()

    def begin(self) -> None:
        self.scene.recruit()

    def step(self, what: str, who: int) -> None:
        scene, person, number = self.scene, self.people[who], self.numbers[who]
        sent = len(scene.sent("email")), len(scene.sent("telegram")), len(scene.sent("sms"))
        match what:
            case "writes":
                scene.write(person.number)
                self.wrote.add(who)
            case "stops":
                scene.refuse(scene.won, person.number)
                self.out.add(who)
            case "unsubscribes":
                scene.refuse(scene.mail, f"p{number}@example.com")
                self.out.add(who)
            case "agrees" | "withdraws":
                scene.stage.clock.forward(seconds=1)
                scene.agree(f"p{number}@example.com", Answer.GIVEN if what == "agrees" else Answer.WITHDRAWN)
            case "uses_code":
                self._use_code(number)
            case "guesses":
                scene.write(f"+4916{number:08}", "code 2222-2BBB")
            case "invites":
                scene.invite()
            case "answers":
                self._answer(person, who)
            case _:
                scene.stage.clock.forward(hours=30)
        self._check(sent)

    def _use_code(self, number: int) -> None:
        letters = [each for each in self.scene.sent("email") if each.recipient.address == f"p{number}@example.com"]
        if letters:
            self.scene.write(f"+4915{number:08}", f"code {self.scene.code_of(letters[-1])}")

    def _answer(self, person: Somebody, who: int) -> None:
        answer = self.scene.api.owner("POST", f"/conversations/{person.talk.id}/messages", json={"text": "Hi"})
        assert answer.status_code in ((202, 409) if who in self.wrote else (409,)), answer.text
        self.scene.deliver()

    def _check(self, sent: tuple[int, int, int]) -> None:
        scene = self.scene
        assert scene.progress().total == _PEOPLE, "everybody is counted once"
        assert sum(scene.states().values()) == _PEOPLE
        mailed = {each.recipient.address for each in scene.sent("email")[sent[0] :]}
        chatted = {each.recipient.address for each in scene.sent("telegram")[sent[1] :]}
        for who in self.out:
            number = self.numbers[who]
            assert scene.line(self.people[who]).state == S.OPTED_OUT
            assert f"p{number}@example.com" not in mailed
            assert str(7000 + number) not in chatted
        for message in scene.sent("sms")[sent[2] :]:
            assert message.recipient.address in {self.people[who].number for who in self.wrote}


_runs = iter(range(1_000))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_STEPS)
def test_progress_adds_up_and_nobody_is_written_to_who_must_not_be(
    scene: Recruiting, steps: list[tuple[str, int]]
) -> None:
    for kind in ("sms", "email", "telegram"):
        scene.stage.provider(kind).sent.clear()
    play = _Play(_fresh(scene), next(_runs))
    play.begin()
    for what, who in steps:
        play.step(what, who)


def _fresh(scene: Recruiting) -> Recruiting:
    """Another banned number for each example, on the same hub."""
    number = f"+4930{next(_fresh_numbers)}"
    scene.old, scene.new_number = scene.stage.channel("sms", number), f"{number}9"
    return scene


_fresh_numbers = iter(range(3_000_000, 4_000_000))
