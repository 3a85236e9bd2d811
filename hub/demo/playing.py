"""Playing the customers' part on the sandbox's phones, and the shop's part over the REST API."""

from collections.abc import Mapping

from hub.demo import story
from hub.demo.building import API, Stage
from hub.demo.calls import Json, until
from hub.demo.story import Dialogue

_ARRIVAL_SECONDS = 30.0


def play(stage: Stage, channels: Mapping[str, str]) -> None:
    """Let every customer write, and the shop answer where the story says so. Raises Unavailable, Refused."""
    for dialogue in story.DIALOGUES:
        _play(stage, dialogue, channels[dialogue.kind])


def _play(stage: Stage, dialogue: Dialogue, channel_id: str) -> None:
    for position, text in enumerate(dialogue.turns):
        if position % 2 == 0:
            _customer_writes(stage, dialogue, text)
            conversation = until(
                lambda said=text: _with_newest(stage, channel_id, said),  # type: ignore[misc]
                f"the message of {dialogue.name}",
                _ARRIVAL_SECONDS,
            )
            _note_name(stage, conversation, dialogue.name)
        else:
            stage.hub.post(f"{API}/conversations/{conversation['id']}/messages", {"text": text})


def _customer_writes(stage: Stage, dialogue: Dialogue, text: str) -> None:
    message = {"channel": dialogue.kind, "person": dialogue.person, "name": dialogue.name, "text": text}
    stage.sandbox.post("/control/customer/send", message | {"subject": dialogue.subject})


def _note_name(stage: Stage, conversation: Json, name: str) -> None:
    """Write down who it is where the channel tells no name."""
    if conversation["contact"]["name"] != name:
        stage.hub.patch(f"{API}/contacts/{conversation['contact']['id']}", {"name": name})


def _with_newest(stage: Stage, channel_id: str, text: str) -> Json | None:
    """Return the channel's conversation in which this text has just arrived."""
    found: list[Json] = stage.hub.get(f"{API}/conversations", channel=channel_id, limit="200")["items"]
    for conversation in found:
        if _said_last(stage, conversation) == _first_line(text):
            return conversation
    return None


def _said_last(stage: Stage, conversation: Json) -> str:
    messages: list[Json] = stage.hub.get(f"{API}/conversations/{conversation['id']}/messages", limit="200")["items"]
    said = [message["text"] for message in messages if message["direction"] == "inbound"]
    return _first_line(said[-1]) if said else ""


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else ""
