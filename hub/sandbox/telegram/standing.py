"""The Bot API's methods about messages that stand there already, and the small ones: files, typing, presses."""

from starlette.requests import Request
from starlette.responses import Response

from hub.sandbox.telegram import messages
from hub.sandbox.telegram.refusing import Refused
from hub.sandbox.telegram.sending import chat_of, structured
from hub.sandbox.threads import Bubble
from hub.sandbox.world import Bot, JsonObject, World, world_of

_MOST_BYTES = 20 << 20
_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
_SAME = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)


def _bubble(world: World, bot: Bot, arguments: JsonObject, message_id: object, missing: str) -> Bubble:
    chat = chat_of(bot, arguments.get("chat_id"))
    found = world.threads.find(f"{chat}:{message_id}", "telegram", str(chat))
    if found is None or found.deleted:
        raise Refused(400, missing)
    return found


async def edit_message_text(world: World, bot: Bot, arguments: JsonObject) -> JsonObject:
    """Buttons that are not named again go away."""
    bubble = _bubble(world, bot, arguments, arguments.get("message_id"), "message to edit not found")
    text = str(arguments.get("text") or "")
    if bubble.sender != "hub":
        raise Refused(400, "message can't be edited")
    if any(part["type"] != "buttons" for part in bubble.parts):
        raise Refused(400, "there is no text in the message to edit")
    if text == bubble.text:
        raise Refused(400, _SAME)
    if not arguments.get("reply_markup"):
        bubble.parts = []
    world.threads.edit(bubble, text)
    return messages.of_bubble(world, bot, bubble)


async def edit_message_caption(world: World, bot: Bot, arguments: JsonObject) -> JsonObject:
    bubble = _bubble(world, bot, arguments, arguments.get("message_id"), "message to edit not found")
    caption = str(arguments.get("caption") or "")
    if caption == bubble.text:
        raise Refused(400, _SAME)
    world.threads.edit(bubble, caption)
    return messages.of_bubble(world, bot, bubble)


async def delete_messages(world: World, bot: Bot, arguments: JsonObject) -> bool:
    """Messages that cannot be found are passed over, as the Bot API does."""
    chat = chat_of(bot, arguments.get("chat_id"))
    for message_id in structured(arguments.get("message_ids")) or ():
        found = world.threads.find(f"{chat}:{message_id}", "telegram", str(chat))
        if found:
            world.threads.delete(found)
    return True


async def set_message_reaction(world: World, bot: Bot, arguments: JsonObject) -> bool:
    bubble = _bubble(world, bot, arguments, arguments.get("message_id"), "message to react not found")
    wanted = structured(arguments.get("reaction")) or []
    world.threads.react(bubble, "hub", str(wanted[0].get("emoji", "")) if wanted else "")
    return True


async def send_chat_action(_world: World, bot: Bot, arguments: JsonObject) -> bool:
    chat_of(bot, arguments.get("chat_id"))
    return True


async def answer_callback_query(world: World, bot: Bot, arguments: JsonObject) -> bool:
    query = str(arguments.get("callback_query_id") or "")
    if query not in bot.queries:
        raise Refused(400, _TOO_OLD)
    bot.queries.remove(query)
    world.changes += 1
    return True


async def get_file(world: World, _bot: Bot, arguments: JsonObject) -> JsonObject:
    stored = messages.find_file(world, arguments.get("file_id"))
    if stored is None:
        raise Refused(400, "wrong file_id or the file is temporarily unavailable")
    if stored.size > _MOST_BYTES:
        raise Refused(400, "file is too big")
    _, _, ending = stored.name.rpartition(".")
    path = f"{messages.FIELDS.get(stored.kind, 'document')}s/file_{stored.id}.{ending}"
    return {"file_id": stored.id, "file_unique_id": stored.id[:16], "file_size": stored.size, "file_path": path}


async def download(request: Request) -> Response:
    """Answer `/file/bot<token>/<file_path>`; Telegram tells no useful type there."""
    world, path = world_of(request), request.path_params["path"]
    name = path.rpartition("/file_")[2].partition(".")[0]
    stored = world.files.find(name) if request.path_params["token"] in world.bots else None
    if stored is None:
        return Response('{"ok":false,"error_code":404,"description":"Not Found"}', 404)
    return Response(stored.body, media_type="application/octet-stream")
