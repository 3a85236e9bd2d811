"""A working request for every changing route of the API, by the line of its table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hub.ids import new_id
from hub.providers.registry import PROVIDERS
from hub.sandbox import seeds
from tests.audit.scene import Scene
from tests.media_jobs.stage import PICTURE

BOT = {"kind": "telegram", "name": "Our bot", "credentials": {"bot_token": seeds.BOTS[0].token}}
MAIL = {"kind": "email", "name": "Our mail", "credentials": {"address": seeds.MAILBOX}}
WHY = {"reason": "it has to be"}


@dataclass(frozen=True)
class Ask:
    """A request: what stands for `{id}`, and its content as httpx takes it."""

    id: str = ""
    content: dict[str, Any] | None = None


Maker = Callable[[Scene], Ask]


def _say(**body: Any) -> dict[str, Any]:
    return {"json": body}


def _channel(scene: Scene, new: dict[str, Any]) -> str:
    """The channel of this kind, connected unless it is."""
    for known in scene.call("GET", "/channels").json()["items"]:
        if known["name"] == new["name"]:
            return str(known["id"])
    return str(scene.made("/channels", **new)["id"])


def _connect(scene: Scene) -> Ask:
    scene.call("DELETE", f"/channels/{_channel(scene, BOT)}")
    return Ask(content=_say(**BOT))


def _number(scene: Scene) -> str:
    for known in scene.call("GET", "/platform/numbers").json()["items"]:
        return str(known["id"])
    new = {"number": seeds.NUMBERS[0].number, "capabilities": ["sms", "whatsapp"]}
    return str(scene.made("/platform/numbers", **new)["id"])


def _free_number(scene: Scene) -> Ask:
    number = _number(scene)
    scene.call("POST", f"/platform/numbers/{number}/release")
    return Ask(number, _say(organization_id=scene.org.id, kind="sms"))


def _lent_number(scene: Scene) -> Ask:
    asked = _free_number(scene)
    assert scene.call("POST", f"/platform/numbers/{asked.id}/assign", **(asked.content or {})).status_code == 200
    return Ask(asked.id)


def _on_whatsapp(scene: Scene) -> Ask:
    """A channel on a number that the sandbox has as a WhatsApp sender."""
    asked = _free_number(scene)
    lent = {"organization_id": scene.org.id, "kind": "whatsapp"}
    assert scene.call("POST", f"/platform/numbers/{asked.id}/assign", json=lent).status_code == 200
    channels = scene.call("GET", "/channels").json()["items"]
    return Ask(next(str(each["id"]) for each in channels if each["kind"] == "whatsapp" and each["sender"]))


def _merged(scene: Scene) -> Ask:
    contact = scene.contact()
    scene.made(f"/contacts/{contact}/merge", other_id=scene.contact("Carla again"))
    return Ask(contact)


def _closed(scene: Scene) -> Ask:
    conversation = scene.conversation()
    scene.made(f"/conversations/{conversation}/close")
    return Ask(conversation)


def _done(path: str, subject: Callable[[Scene], str]) -> Maker:
    """Ask for something of which the opposite (`path`) was done before."""

    def make(scene: Scene) -> Ask:
        asked = Ask(subject(scene), _say(**WHY))
        answer = scene.call("POST", path.replace("{id}", asked.id), json=WHY)
        assert answer.status_code in {200, 202}, answer.text
        return asked

    return make


def _why(subject: Callable[[Scene], str]) -> Maker:
    return lambda scene: Ask(subject(scene), _say(**WHY))


def _other(scene: Scene) -> str:
    return scene.world.organization(f"Other {new_id()}").id


def _optional(_scene: Scene) -> str:
    return next(each.id for each in PROVIDERS if each.need == "optional")


def _activated(scene: Scene) -> Ask:
    scene.call("POST", f"/platform/providers/{_optional(scene)}/activate")
    return Ask(_optional(scene))


def _deactivated(scene: Scene) -> Ask:
    scene.call("POST", f"/platform/providers/{_optional(scene)}/deactivate")
    return Ask(_optional(scene))


def _code_sent(scene: Scene) -> Ask:
    """Prove a mailbox by the code that its mail brings."""
    scene.call("DELETE", f"/channels/{_channel(scene, MAIL)}")
    channel = _channel(scene, MAIL)
    scene.made(f"/channels/{channel}/code")
    return Ask(channel, _say(code=(scene.sandbox.newest_mail().extra or {})["subject"][:8]))


def _with_mailbox(scene: Scene) -> Ask:
    """A conversation whose person has a mail address that was vouched for."""
    conversation = scene.conversation()
    scene.give_mailbox(conversation)
    return Ask(conversation, _say(text="the words of a letter"))


def _group(scene: Scene) -> str:
    return str(scene.made("/groups", name=f"Group {new_id()}")["id"])


def _photographed(scene: Scene) -> Ask:
    files = {"file": ("me.png", PICTURE, "image/png")}
    upload = scene.call("POST", "/uploads", files=files).json()["id"]
    return Ask(scene.user()[0], _say(upload_id=upload))


def _talk(**body: Any) -> Maker:
    return lambda scene: Ask(scene.conversation(), _say(**body))


def _account(scene: Scene) -> Ask:
    known = scene.call("GET", "/platform/provider-accounts").json()["items"]
    return Ask(known[0]["id"])


ROUTES: dict[tuple[str, str], Maker] = {
    ("POST", "/channels"): _connect,
    ("PATCH", "/channels/{id}"): lambda scene: Ask(scene.channel.id, _say(name=f"Bot {new_id()}")),
    ("DELETE", "/channels/{id}"): lambda scene: Ask(_channel(scene, BOT)),
    ("POST", "/channels/{id}/check"): lambda scene: Ask(_channel(scene, BOT)),
    ("POST", "/channels/{id}/templates/sync"): _on_whatsapp,
    ("POST", "/channels/{id}/intake-token"): lambda scene: Ask(_channel(scene, MAIL)),
    ("POST", "/channels/{id}/code"): lambda scene: Ask(_channel(scene, MAIL)),
    ("POST", "/channels/{id}/code/confirm"): _code_sent,
    ("POST", "/conversations/{id}/assign"): lambda scene: Ask(
        scene.conversation(), _say(user_id=scene.org.operator.user_id)
    ),
    ("POST", "/conversations/{id}/close"): _talk(),
    ("POST", "/conversations/{id}/reopen"): _closed,
    ("POST", "/conversations/{id}/snooze"): _talk(until="2999-01-01T00:00:00Z"),
    ("POST", "/conversations/{id}/read"): _talk(),
    ("POST", "/conversations/{id}/topic"): _talk(topic="refund"),
    ("POST", "/conversations/{id}/messages"): _talk(text="the words of an answer"),
    ("POST", "/conversations/{id}/transcript"): lambda scene: Ask(scene.spoken_in(), _say(to="me")),
    ("POST", "/conversations/{id}/mail"): _with_mailbox,
    ("POST", "/messages/{id}/retry"): lambda scene: Ask(scene.failed_message()[1]),
    ("POST", "/messages/{id}/react"): lambda scene: Ask(scene.message("inbound"), _say(emoji="👍")),
    ("PATCH", "/messages/{id}"): lambda scene: Ask(scene.message("outbound"), _say(text="the words of a correction")),
    ("DELETE", "/messages/{id}"): lambda scene: Ask(scene.message("outbound")),
    ("POST", "/uploads"): lambda _: Ask(content={"files": {"file": ("a.txt", b"bytes", "text/plain")}}),
    ("PATCH", "/contacts/{id}"): lambda scene: Ask(scene.contact(), _say(name="Carla Changed")),
    ("POST", "/contacts/{id}/merge"): lambda scene: Ask(scene.contact(), _say(other_id=scene.contact())),
    ("POST", "/contacts/{id}/unmerge"): _merged,
    ("POST", "/contacts/{id}/export"): _why(Scene.contact),
    ("POST", "/contacts/{id}/restrict"): _why(Scene.contact),
    ("POST", "/contacts/{id}/unrestrict"): _done("/contacts/{id}/restrict", Scene.contact),
    ("POST", "/contacts/{id}/erase"): _why(Scene.contact),
    ("POST", "/groups"): lambda _: Ask(content=_say(name=f"Group {new_id()}")),
    ("PATCH", "/groups/{id}"): lambda scene: Ask(_group(scene), _say(name=f"Group {new_id()}")),
    ("DELETE", "/groups/{id}"): lambda scene: Ask(_group(scene)),
    ("PUT", "/groups/{id}/members"): lambda scene: Ask(_group(scene), _say(user_ids=[scene.org.operator.user_id])),
    ("POST", "/users"): lambda _: Ask(content=_say(email=f"{new_id()}@example.com", name="New", role="operator")),
    ("PATCH", "/users/{id}"): lambda scene: Ask(scene.user()[0], _say(slots=3)),
    ("PATCH", "/users/{id}/profile"): lambda scene: Ask(scene.user()[0], _say(alias="Ally", skills=["billing"])),
    ("DELETE", "/users/{id}"): lambda scene: Ask(scene.user()[0]),
    ("PUT", "/users/{id}/presence"): lambda scene: Ask(scene.user()[0], _say(state="online")),
    ("PUT", "/users/{id}/photo"): _photographed,
    ("PUT", "/routing/rules"): lambda _: Ask(content=_say(rules=[{"name": f"Rule {new_id()}"}])),
    ("PATCH", "/organization"): lambda _: Ask(content=_say(name=f"Acme {new_id()}")),
    ("POST", "/tokens"): lambda _: Ask(content=_say(name="a token", scopes=["read"])),
    ("DELETE", "/tokens/{id}"): lambda scene: Ask(scene.made("/tokens", name="a token", scopes=["read"])["id"]),
    ("POST", "/platform/organizations/{id}/suspend"): _why(_other),
    ("POST", "/platform/organizations/{id}/resume"): _done("/platform/organizations/{id}/suspend", _other),
    ("POST", "/platform/channels/{id}/suspend"): _why(lambda scene: _channel(scene, MAIL)),
    ("POST", "/platform/channels/{id}/resume"): _done(
        "/platform/channels/{id}/suspend", lambda scene: _channel(scene, MAIL)
    ),
    ("POST", "/platform/messages/{id}/suspend"): _why(lambda scene: scene.failed_message()[1]),
    ("POST", "/platform/messages/{id}/resume"): _done(
        "/platform/messages/{id}/suspend", lambda scene: scene.failed_message()[1]
    ),
    ("POST", "/platform/organizations"): lambda _: Ask(
        content=_say(name="Fresh", owner_email=f"{new_id()}@example.com")
    ),
    ("POST", "/platform/provider-accounts"): lambda _: Ask(
        content=_say(external_id=f"AC{new_id()}", auth_token="the-token-of-an-account")
    ),
    ("POST", "/platform/provider-accounts/{id}/check"): _account,
    ("POST", "/platform/numbers"): lambda _: Ask(content=_say(number="+12025550177", capabilities=["sms"])),
    ("POST", "/platform/numbers/{id}/assign"): _free_number,
    ("POST", "/platform/numbers/{id}/release"): _lent_number,
    ("POST", "/platform/providers/{id}/activate"): _deactivated,
    ("POST", "/platform/providers/{id}/deactivate"): _activated,
    # reading that is itself worth an entry
    ("GET", "/audit/export"): lambda _: Ask(),
    ("GET", "/contacts/{id}/export"): lambda scene: Ask(scene.exported()),
}
