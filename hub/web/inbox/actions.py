"""What operators do in the inbox. An action answers htmx with the thread anew, a plain form with a redirect to it."""

import hashlib
import json
from dataclasses import replace
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from hub.access.languages import set_language
from hub.access.permissions import Permission
from hub.access.tabs import choose
from hub.conversations import commands
from hub.conversations.reading import get_message
from hub.db.idempotency import EVERY_TIME, KeptAnswer, KeyScope, Once, OncePerKey, find_answer
from hub.errors import HubError, Invalid, NotFound
from hub.outbound.saying import Reply, TemplateChoice
from hub.outbound.submit import retry, submit
from hub.routing.assignment import Assignment, assign
from hub.types import Button, MessageView, Presence
from hub.web.inbox.choice import choice_of
from hub.web.inbox.views import thread_view
from hub.web.rendering import render
from hub.web.shell import frame, me_of
from hub.web.visits import Visit, inside, see, visited
from hub.wiring import Services

_WORK = Permission.WORK_ON_CONVERSATIONS
_LONGEST_KEY = 64
_VALUE = "value:"
_NOT_SAID = frozenset({"csrf_token", "key", "limit", "divider"})
"""Fields of the form that say how, not what."""


def routes(services: Services) -> list[Route]:
    table = (
        ("/inbox/presence", change_presence, Permission.SET_OWN_PRESENCE),
        ("/inbox/language", change_language, Permission.READ_CONVERSATIONS),
        ("/inbox/{conversation_id}/messages", send, _WORK),
        ("/inbox/{conversation_id}/messages/{message_id}/retry", send_again, _WORK),
        ("/inbox/{conversation_id}/close", close, _WORK),
        ("/inbox/{conversation_id}/reopen", reopen, _WORK),
        ("/inbox/{conversation_id}/assign", hand_over, _WORK),
        ("/inbox/{conversation_id}/read", mark_read, _WORK),
    )
    return [Route(path, visited(services, handler, needs), methods=["POST"]) for path, handler, needs in table]


def refreshed(visit: Visit, conversation_id: str) -> Response:
    """Return the thread anew: its messages, and whatever else of it may have changed."""
    context = {**frame(visit, "inbox"), **thread_view(visit, conversation_id), "filter": choice_of(visit, "all")}
    return render("inbox/_refresh.html", context)


def send(visit: Visit) -> Response:
    """Store an answer or a note, once under the form's key however often the form comes."""
    reply = _reply(visit)
    conversation_id = visit.path("conversation_id")
    once = _once(visit)
    try:
        if not _was_sent(visit, once):
            submit(visit.services, visit.actor, conversation_id, reply, once)
    except HubError:
        # the same form came twice at once and the other one was first
        if not _was_sent(visit, once):
            raise
    return done(visit, conversation_id)


def _reply(visit: Visit) -> Reply:
    """Read the composer's form: `attachment` and `button` as often as there are, `value:NAME` for a template's values.

    Raises Invalid when it says nothing.
    """
    files, labels = visit.many("attachment"), [label.strip() for label in visit.many("button") if label.strip()]
    reply = Reply(
        text=visit.one("text").strip(),
        reply_to=visit.one("reply_to") or None,
        note=visit.one("mode") == "note",
        attachments=tuple(files),
        buttons=tuple(Button(label, label) for label in labels),
        template=_template(visit),
    )
    if not reply.text and not files and reply.template is None:
        raise Invalid("write something first")
    return reply


def _template(visit: Visit) -> TemplateChoice | None:
    values = {name.removeprefix(_VALUE): visit.one(name) for name in visit.form if name.startswith(_VALUE)}
    return TemplateChoice(visit.one("template"), values) if visit.one("template") else None


def send_again(visit: Visit) -> Response:
    """Try a failed or uncertain message again, in the conversation it belongs to."""
    conversation_id = visit.path("conversation_id")
    message = get_message(visit.services, visit.actor, visit.path("message_id"))
    if message.conversation_id != conversation_id:
        raise NotFound("there is no such message in this conversation")
    retry(visit.services, visit.actor, message.id)
    return done(visit, conversation_id)


def close(visit: Visit) -> Response:
    return done(visit, commands.close(visit.services, visit.actor, visit.path("conversation_id")).id)


def reopen(visit: Visit) -> Response:
    return done(visit, commands.reopen(visit.services, visit.actor, visit.path("conversation_id")).id)


def hand_over(visit: Visit) -> Response:
    """Give the conversation to a person (`user:ID`), a group (`group:ID`), oneself if nobody has it (`take`), or back
    to its group (`release`); a note goes with it.
    """
    wanted = replace(_assignment(visit.one("to")), note=visit.one("note"))
    return done(visit, assign(visit.services, visit.actor, visit.path("conversation_id"), wanted).id)


def mark_read(visit: Visit) -> Response:
    commands.mark_read(visit.services, visit.actor, visit.path("conversation_id"))
    return Response(status_code=204)


def change_presence(visit: Visit) -> Response:
    choose(visit.services, visit.actor, _presence(visit.one("state")))
    if not visit.fragment:
        return see("/inbox")
    return render("inbox/_presence.html", {**frame(visit, "inbox"), "me": me_of(visit, swap_dot=True)})


def change_language(visit: Visit) -> Response:
    """Keep the language and show the page it was chosen on in it."""
    set_language(visit.services, visit.actor, visit.one("language"))
    return see(inside(visit.one("back")))


def done(visit: Visit, conversation_id: str) -> Response:
    """Answer htmx with the thread anew, a plain form with the way to it."""
    return refreshed(visit, conversation_id) if visit.fragment else see(f"/inbox/{conversation_id}")


def _assignment(to: str) -> Assignment:
    whom, _, key = to.partition(":")
    match whom:
        case "take":
            return Assignment(take=True)
        case "release":
            return Assignment(release=True)
        case "user" if key:
            return Assignment(user_id=key)
        case "group" if key:
            return Assignment(group_id=key)
        case _:
            raise Invalid("choose a person or a group")


def _presence(state: str) -> Presence:
    try:
        return Presence(state)
    except ValueError:
        raise Invalid("choose online, away or offline") from None


# once per form


def _once(visit: Visit) -> Once:
    """A form without a key (or with one that is not ours) is simply sent."""
    key = visit.one("key")
    if not 0 < len(key) <= _LONGEST_KEY:
        return EVERY_TIME
    scope = KeyScope(f"user:{visit.actor.user_id}", "POST", visit.request.url.path[:300], key)
    said = {name: list(visit.form[name]) for name in sorted(visit.form) if name not in _NOT_SAID}
    body = hashlib.sha256(json.dumps(said).encode()).hexdigest()
    return OncePerKey(scope, visit.actor.organization_id, body, visit.services.clock(), _kept)


def _kept(message: Any) -> KeptAnswer:
    """The page shows the thread, not the answer: that the message is there is all that is kept."""
    kept: MessageView = message
    return KeptAnswer(202, {"id": kept.id})


def _was_sent(visit: Visit, once: Once) -> bool:
    if not isinstance(once, OncePerKey):
        return False
    with visit.services.db.reading(once.organization_id) as tx:
        return find_answer(tx, once.scope, once.body_hash, once.now) is not None
