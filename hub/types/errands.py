"""Errands: calls at a provider that are safe to repeat and say nothing new to anybody; stored until they are done."""

from dataclasses import dataclass

from hub.types.people import JsonObject, Person


@dataclass(frozen=True, slots=True)
class React:
    """Put our one reaction on a message; `emoji` "" takes it back."""

    person: Person
    external_id: str
    emoji: str


@dataclass(frozen=True, slots=True)
class EditSent:
    """Replace the text of a message of ours."""

    person: Person
    external_id: str
    text: str


@dataclass(frozen=True, slots=True)
class DeleteSent:
    """Take a message of ours back, all its pieces (`external_ids`: one message may be several at the provider)."""

    person: Person
    external_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MarkSeen:
    """Show the person that their messages up to this one were read."""

    person: Person
    external_id: str


@dataclass(frozen=True, slots=True)
class ShowTyping:
    """Show the person that somebody is writing. Never stored: it is worthless a moment later."""

    person: Person


@dataclass(frozen=True, slots=True)
class Chore:
    """What an adapter's `parse` or another verb asks its own `run_errand` to do; `data` only it understands.

    what   one word for lists and logs ("answer_press", "leave_group", "look_up_name")
    """

    what: str
    data: JsonObject


Errand = React | EditSent | DeleteSent | MarkSeen | ShowTyping | Chore
