"""What a ban does to a page, and what Meta tells of it (facts B6, F)."""

from time import time

from hub.sandbox.bans.ban import Ban
from hub.sandbox.bans.reaching import on_page
from hub.sandbox.messenger.events import owed_event
from hub.sandbox.messenger.refusing import Refused
from hub.sandbox.world import JsonObject, Page, World

_REASON = "Messages that people did not ask for."
# level -> the action that the page's webhook is told of
_ACTIONS = {"restricted": "warning", "banned": "block"}


def check_call(world: World, page: Page) -> None:
    """Raise Refused for every call of a page whose app is disabled."""
    ban = on_page(world, page.id)
    if ban and ban.reach == "app":
        raise Refused(200, "(#200) API access disabled.", status=403)  # [K] code and text
    if ban and ban.level == "credentials":
        raise Refused(190, "Error validating access token: The session was invalidated.", 460)


def check_send(world: World, page: Page) -> None:
    """Raise Refused for a message of a page that may not send."""
    ban = on_page(world, page.id)
    match ban.level if ban else "":
        case "rate_limited":
            raise Refused(613, "(#613) Calls to this api have exceeded the rate limit.")
        case "restricted":
            raise Refused(10, "(#10) The page is temporarily restricted from sending messages.", 1893063, 403)
        case "banned":
            raise Refused(368, "(#368) The action attempted has been deemed abusive or is otherwise disallowed")


def begin(world: World, ban: Ban) -> None:
    """Let a ban take hold, and tell the hub."""
    page = world.pages.get(ban.target)
    if page is None:
        return
    if ban.level == "recipient":
        page.blocked = [*page.blocked, ban.person]
    if ban.level in _ACTIONS:
        _tell(world, page, {"action": _ACTIONS[ban.level], "reason": _REASON})


def end(world: World, ban: Ban) -> None:
    """Let go, and tell the hub."""
    page = world.pages.get(ban.target)
    if page is None:
        return
    if ban.level == "recipient":
        page.blocked = [each for each in page.blocked if each != ban.person]
    if ban.level in _ACTIONS:
        _tell(world, page, {"action": "unblock"})


def _tell(world: World, page: Page, about: JsonObject) -> None:
    event = {"recipient": {"id": page.id}, "timestamp": int(time() * 1000), "policy_enforcement": about}
    owed = owed_event(world, page, "policy", "", event, f"policy:{page.id}")
    if owed:
        world.queue.put(owed)
