"""The part of a rule's form that offers the customer a choice."""

from typing import Final

from hub.errors import Invalid
from hub.routing.policy.limits import LONGEST_TEXT, LONGEST_WORD, MOST_OPTIONS
from hub.types import Choice, Option
from hub.web.admin.fields import Fields, read_minutes

OPTIONS: Final = tuple(range(MOST_OPTIONS))
"""How many answers of a choice the form has room for."""

_USUAL_WAIT = "5"
_MINUTE = 60


def read_choice(fields: Fields) -> Choice | None:
    """Return the choice that a form offers, None for none; what is wrong with it is noted."""
    said = fields.said
    asked = bool(said("question").strip())
    answered = any(said(f"{part}-{place}").strip() for place in OPTIONS for part in ("label", "option-group"))
    if not asked and not answered:
        return None
    none: tuple[Option, ...] = ()
    return Choice(
        fields.read("question", _question, ""),
        fields.read("options", lambda _: _options(fields), none),
        fields.read("otherwise", _otherwise, ""),
        fields.read("wait", lambda text: read_minutes(text or _USUAL_WAIT), 0),
    )


def choice_as_typed(choice: Choice | None) -> dict[str, str]:
    """Return what the form of a rule shows of its choice."""
    if choice is None:
        return {"wait": _USUAL_WAIT}
    typed = {"question": choice.text, "otherwise": choice.otherwise_group_id, "wait": f"{choice.wait / _MINUTE:g}"}
    for place, option in enumerate(choice.options):
        typed |= {f"label-{place}": option.label, f"option-group-{place}": option.group_id,
                  f"option-topic-{place}": option.topic or ""}  # fmt: skip
    return typed


def _question(text: str) -> str:
    if not text.strip():
        raise Invalid("write what the customer is asked")
    if len(text.strip()) > LONGEST_TEXT:
        raise Invalid(f"write at most {LONGEST_TEXT} characters")
    return text.strip()


def _otherwise(group_id: str) -> str:
    if not group_id:
        raise Invalid("say which group gets customers who do not choose")
    return group_id


def _options(fields: Fields) -> tuple[Option, ...]:
    options = tuple(option for place in OPTIONS if (option := _option(fields, place)))
    if len(options) < 2:
        raise Invalid("a choice needs at least two answers, each with its group")
    return options


def _option(fields: Fields, place: int) -> Option | None:
    label, group_id = fields.said(f"label-{place}").strip(), fields.said(f"option-group-{place}")
    if len(label) > LONGEST_WORD:
        raise Invalid(f"an answer has at most {LONGEST_WORD} characters")
    if label and not group_id:
        raise Invalid(f"say which group the answer “{label}” leads to")
    if group_id and not label:
        raise Invalid(f"write what answer {place + 1} says, or take its group away")
    return Option(label, group_id, fields.said(f"option-topic-{place}").strip() or None) if label else None
