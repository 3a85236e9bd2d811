"""Playing the customers' part on the sandbox's phones, and the shop's part over the REST API."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import assert_never

from hub.demo import story
from hub.demo.building import API, Stage
from hub.demo.calls import Json, until
from hub.demo.story import Answers, Dialogue, Marks, Presses, Reacts, Turn, Writes

_ARRIVAL_SECONDS = 30.0
# the shop's own pictures have another colour than the customers'
_SHOPS = "2"


@dataclass(frozen=True, slots=True)
class _Talk:
    """One dialogue on its channel."""

    stage: Stage
    dialogue: Dialogue
    channel_id: str

    @property
    def phone(self) -> Json:
        """Return what names the customer's phone to the sandbox."""
        return {"channel": self.dialogue.kind, "person": self.dialogue.person, "name": self.dialogue.name}


def play(stage: Stage, channels: Mapping[str, str]) -> None:
    """Let every customer write, and the shop answer where the story says so. Raises Unavailable, Refused."""
    for dialogue in story.DIALOGUES:
        _play(_Talk(stage, dialogue, channels[dialogue.kind]))


def _play(talk: _Talk) -> None:
    first, *others = talk.dialogue.turns
    if not isinstance(first, Writes):
        raise TypeError(f"{talk.dialogue.name} must write before anything else")
    conversation = _arrived(talk, _say(talk, first, talk.dialogue.subject))
    _note_name(talk, conversation)
    for turn in others:
        _take(talk, str(conversation["id"]), turn)


def _take(talk: _Talk, conversation_id: str, turn: Turn) -> None:
    if isinstance(turn, Writes | Presses):
        _let_a_second_begin(talk)
    match turn:
        case Writes():
            _arrived(talk, _say(talk, turn))
        case Presses():
            _arrived(talk, _press(talk, turn.label))
        case Reacts():
            sent = _newest_sent(talk, conversation_id)
            talk.stage.sandbox.post("/control/customer/react", talk.phone | {"message_id": sent, "emoji": turn.emoji})
        case Answers():
            talk.stage.hub.post(f"{API}/conversations/{conversation_id}/messages", _answer(talk, turn))
            _newest_sent(talk, conversation_id)
        case Marks():
            heard = [each for each in _messages(talk, conversation_id) if each["direction"] == "inbound"]
            talk.stage.hub.post(f"{API}/messages/{heard[-1]['id']}/react", {"emoji": turn.emoji})
        case _:
            assert_never(turn)


# --- the customer's part --------------------------------------------------------------------------------


def _let_a_second_begin(talk: _Talk) -> None:
    """Where a platform tells whole seconds, what is written in the second of an answer stands above it."""
    if talk.dialogue.kind in story.TELLS_WHOLE_SECONDS:
        time.sleep(1 - time.time() % 1)


def _say(talk: _Talk, turn: Writes, subject: str = "") -> str:
    """Return the provider's id of the last message it became (of an album: the first)."""
    body: Json = {"text": turn.text, "subject": subject}
    body["media"] = [{"kind": kind} for kind in turn.files]
    body["album"] = len(turn.files) > 1
    if turn.place:
        body["location"] = asdict(turn.place)
    sent = talk.stage.sandbox.post("/control/customer/send", talk.phone | body)
    return str(sent["ids"][0] if body["album"] else sent["ids"][-1])


def _press(talk: _Talk, label: str) -> str:
    """Press the newest button of this label. Returns the provider's id of the press."""
    bubble, option = until(lambda: _button(talk, label), f"the button {label} on the phone", _ARRIVAL_SECONDS)
    press = {"label": label, "payload": option["payload"], "message_id": bubble["id"]}
    return str(talk.stage.sandbox.post("/control/customer/send", talk.phone | {"press": press})["ids"][-1])


def _button(talk: _Talk, label: str) -> tuple[Json, Json] | None:
    seen = talk.stage.sandbox.get("/control/outbox", channel=talk.dialogue.kind, person=talk.dialogue.person)
    for bubble in reversed(seen["items"]):
        for part in bubble["parts"]:
            for option in part.get("options", ()):
                if option["label"] == label:
                    return bubble, option
    return None


# --- the shop's part ------------------------------------------------------------------------------------


def _answer(talk: _Talk, turn: Answers) -> Json:
    body: Json = {"text": turn.text}
    if turn.files:
        body["attachments"] = [{"upload_id": _upload(talk.stage, kind)} for kind in turn.files]
    if turn.buttons:
        body["buttons"] = [{"label": label, "payload": label} for label in turn.buttons]
    if turn.place:
        body["location"] = asdict(turn.place)
    if turn.template:
        body["template"] = _template(talk, turn.template, turn.values)
    return body


def _upload(stage: Stage, kind: str) -> str:
    """Upload the sandbox's sample of a media kind as the shop's own file. Returns its upload id."""
    name, content_type = story.SHOP_FILES[kind]
    content = stage.sandbox.fetch(f"/control/samples/{kind}", variant=_SHOPS)
    return str(stage.hub.upload(f"{API}/uploads", (name, content, content_type))["id"])


def _template(talk: _Talk, name: str, values: Sequence[str]) -> Json:
    synced = talk.stage.hub.post(f"{API}/channels/{talk.channel_id}/templates/sync", {})["items"]
    found: Json = next(each for each in synced if each["name"] == name)
    return {"id": found["id"], "values": dict(zip(found["variables"], values, strict=True))}


def _newest_sent(talk: _Talk, conversation_id: str) -> str:
    """Wait until the shop's newest message has left. Returns the provider's id of it."""

    def sent() -> str:
        ours = [each for each in _messages(talk, conversation_id) if each["direction"] == "outbound"]
        return str(ours[-1]["external_id"] or "") if ours else ""

    return until(sent, f"the answer to {talk.dialogue.name}", _ARRIVAL_SECONDS)


# --- what the hub has of it -----------------------------------------------------------------------------


def _arrived(talk: _Talk, external_id: str) -> Json:
    """Wait until the hub has a customer's message; return its conversation."""
    return until(lambda: _holding(talk, external_id), f"the message of {talk.dialogue.name}", _ARRIVAL_SECONDS)


def _holding(talk: _Talk, external_id: str) -> Json | None:
    found: list[Json] = talk.stage.hub.get(f"{API}/conversations", channel=talk.channel_id, limit="200")["items"]
    for conversation in found:
        if any(each["external_id"] == external_id for each in _messages(talk, conversation["id"])):
            return conversation
    return None


def _messages(talk: _Talk, conversation_id: str) -> list[Json]:
    return talk.stage.hub.items(f"{API}/conversations/{conversation_id}/messages")


def _note_name(talk: _Talk, conversation: Json) -> None:
    """Write down who it is where the channel tells no name."""
    if conversation["contact"]["name"] != talk.dialogue.name:
        talk.stage.hub.patch(f"{API}/contacts/{conversation['contact']['id']}", {"name": talk.dialogue.name})
