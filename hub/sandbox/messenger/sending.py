"""The Send API: messages, files as bytes, quick replies, reactions, typing and seen marks, and the windows."""

import json
from time import time
from typing import Any

from hub.sandbox import seeds
from hub.sandbox.files import StoredFile
from hub.sandbox.messenger import bans
from hub.sandbox.messenger.events import attachment, entry_of, owed_event
from hub.sandbox.messenger.refusing import Refused
from hub.sandbox.receipts import Step, follow
from hub.sandbox.threads import Bubble, new_bubble
from hub.sandbox.world import JsonObject, Page, World

_TEXT_LIMIT = 2000
_FILE_LIMIT = 25 << 20
_MOST_REPLIES, _LABEL_LIMIT = 13, 20
_WINDOW_SECONDS = 24 * 3600
_TAG_SECONDS = 7 * 24 * 3600
_FILES = ("image", "video", "audio", "file")
_REACTIONS = {"love": "❤", "smile": "😆", "wow": "😮", "sad": "😢", "angry": "😠", "like": "👍", "dislike": "👎"}


async def send(world: World, page: Page, arguments: JsonObject) -> JsonObject:
    """Answer a call of `me/messages`: a message, or an action of the page in a thread."""
    psid = str(_object(arguments, "recipient").get("id", ""))
    if arguments.get("sender_action"):
        return _act(world, page, psid, arguments)
    message = _object(arguments, "message")
    _check(world, page, psid, arguments)
    mid = "m_" + seeds.derive(f"mid {world.next_id('facebook')}", 40)
    bubble = _bubble(world, page, psid, mid, message, arguments)
    world.threads.add(bubble)
    await follow(world, "facebook", mid, _steps(world, page, bubble))
    return {"recipient_id": psid, "message_id": mid}


def upload(world: World, arguments: JsonObject) -> JsonObject:
    """Answer `message_attachments`: keep a file to be sent by its id."""
    named = _object(_object(arguments, "message"), "attachment")
    return {"attachment_id": _uploaded(world, arguments, str(named.get("type"))).id}


def _object(arguments: JsonObject, name: str) -> JsonObject:
    value = arguments.get(name)
    try:
        value = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Refused(100, f"(#100) The parameter {name} is required.")
    return value


# --- what may be sent -----------------------------------------------------------------------------------


def _check(world: World, page: Page, psid: str, arguments: JsonObject) -> None:
    last = world.threads.last_from_customer("facebook", psid, page.id)
    if not last:
        raise Refused(100, "(#100) No matching user found", 2018001)
    if psid in page.blocked:
        raise Refused(551, "(#551) This person isn't available right now.", 1545041, 403)
    bans.check_send(world, page)
    if page.restricted:
        raise Refused(10, "(#10) The page is temporarily restricted from sending messages.", 1893063, 403)
    kind, tag = arguments.get("messaging_type", "RESPONSE"), arguments.get("tag", "")
    if kind == "MESSAGE_TAG" and tag != "HUMAN_AGENT":
        raise Refused(100, "(#100) Invalid parameter")
    window = _TAG_SECONDS if kind == "MESSAGE_TAG" else _WINDOW_SECONDS
    if time() - last > window:
        raise Refused(10, "(#10) This message is sent outside of allowed window.", 2018278, 403)


def _bubble(world: World, page: Page, psid: str, mid: str, message: JsonObject, arguments: JsonObject) -> Bubble:
    text, named = message.get("text"), message.get("attachment")
    if bool(text) == bool(named):
        raise Refused(100, "(#100) Message cannot be empty, must provide valid attachment or text", 2018034)
    bubble = new_bubble("facebook", psid, page.id, "hub", _checked_text(text) if text else "", mid)
    bubble.delivery_id = str(message.get("metadata", ""))
    if isinstance(named, dict):
        bubble.parts = [_file(world, arguments, named).as_part()]
    if message.get("quick_replies"):
        bubble.parts = [*bubble.parts, _buttons(message["quick_replies"])]
    answered = arguments.get("reply_to")
    bubble.reply_to = str(answered.get("mid", "")) if isinstance(answered, dict) else ""
    bubble.extra = {"tag": str(arguments["tag"])} if arguments.get("tag") else None
    return bubble


def _checked_text(text: Any) -> str:
    if not isinstance(text, str) or len(text) > _TEXT_LIMIT:
        raise Refused(100, f"(#100) Length of param message[text] must be at most {_TEXT_LIMIT}")
    return text


def _buttons(replies: Any) -> JsonObject:
    options = [each for each in replies if isinstance(each, dict)] if isinstance(replies, list) else []
    labels = [str(each.get("title", "")) for each in options]
    if len(options) > _MOST_REPLIES or not all(0 < len(label) <= _LABEL_LIMIT for label in labels):
        raise Refused(100, "(#100) Invalid quick replies")
    pairs = zip(labels, options, strict=True)
    return {
        "type": "buttons",
        "options": [{"label": label, "payload": str(each.get("payload", ""))} for label, each in pairs],
    }


def _file(world: World, arguments: JsonObject, named: JsonObject) -> StoredFile:
    payload = named.get("payload")
    known = payload.get("attachment_id") if isinstance(payload, dict) else None
    if known:
        found = world.files.find(str(known))
        if found is None:
            raise Refused(100, "(#100) Invalid attachment id")
        return found
    return _uploaded(world, arguments, str(named.get("type")))


def _uploaded(world: World, arguments: JsonObject, kind: str) -> StoredFile:
    stored = arguments.get("filedata")
    if not isinstance(stored, StoredFile) or kind not in _FILES or not stored.body:
        raise Refused(100, "(#100) Upload attachment failure.", 2018047)
    if stored.size > _FILE_LIMIT:
        raise Refused(100, "(#100) Attachment size exceeds allowable limit", 2018109)
    return world.files.keep(kind, stored.name, stored.content_type, stored.kept, stored.size)


# --- actions --------------------------------------------------------------------------------------------


def _act(world: World, page: Page, psid: str, arguments: JsonObject) -> JsonObject:
    """Typing shows for a while, a seen mark for good; a reaction stands on the message."""
    action, payload = arguments["sender_action"], arguments.get("payload")
    if not world.threads.last_from_customer("facebook", psid, page.id):
        raise Refused(100, "(#100) No matching user found", 2018001)
    if action in {"react", "unreact"}:
        _react(world, psid, payload if isinstance(payload, dict) else {}, remove=action == "unreact")
    elif action in {"typing_on", "typing_off", "mark_seen"}:
        page.actions = [*page.actions, f"{psid}:{action}"][-100:]
        world.changes += 1
    else:
        raise Refused(100, "(#100) Param sender_action must be one of the known ones", 2018048)
    return {"recipient_id": psid}


def _react(world: World, psid: str, payload: JsonObject, *, remove: bool) -> None:
    bubble = world.threads.find(str(payload.get("message_id", "")), "facebook", psid)
    emoji = "" if remove else _REACTIONS.get(str(payload.get("reaction")), "")
    if bubble is None or not (emoji or remove):
        raise Refused(100, "(#100) Invalid reaction")
    world.threads.react(bubble, "hub", emoji)


# --- what follows ---------------------------------------------------------------------------------------


def _steps(world: World, page: Page, bubble: Bubble) -> list[Step]:
    now, psid, mid = int(time() * 1000), bubble.address, bubble.id
    from_person: JsonObject = {"sender": {"id": psid}, "recipient": {"id": page.id}}
    delivery = from_person | {"timestamp": now + 200, "delivery": {"mids": [mid], "watermark": now}}
    read = from_person | {"timestamp": now + 1000, "read": {"watermark": now}}
    return [
        Step(0.05, "", owed_event(world, page, "echo", psid, echo_of(world, page, bubble, int(seeds.APP_ID)), mid)),
        Step(0.2, "delivered", owed_event(world, page, "delivery", psid, delivery, mid)),
        Step(1.0, "read", owed_event(world, page, "read", psid, read, mid)),
    ]


def echo_of(world: World, page: Page, bubble: Bubble, app_id: int) -> JsonObject:
    """Return the event by which Meta tells of a message of the page, by whichever app."""
    message: JsonObject = {"mid": bubble.id, "is_echo": True, "app_id": app_id}
    if bubble.text:
        message["text"] = bubble.text
    files = [attachment(world, part) for part in bubble.parts if part.get("file")]
    if files:
        message["attachments"] = files
    if bubble.delivery_id:
        message["metadata"] = bubble.delivery_id
    return entry_of(page.id, bubble.address, int(bubble.at * 1000), {"message": message})
