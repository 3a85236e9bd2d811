"""A working request for every changing route of the API, by the line of its table."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from hub.db import accounts, registrations
from hub.db.session import PlatformWork
from hub.db.tables.core import ACCOUNT, NUMBER
from hub.ids import new_id
from hub.providers.registry import PROVIDERS
from hub.sandbox import seeds
from tests.audit.scene import Scene
from tests.audit.won_back import ban_of_a_bot, claimed_person, held_message
from tests.media_jobs.stage import PICTURE

BOT = {"kind": "telegram", "name": "Our bot", "credentials": {"bot_token": seeds.BOTS[0].token}}
MAIL = {"kind": "email", "name": "Our mail", "credentials": {"address": seeds.MAILBOX}}
WHY = {"reason": "it has to be"}


@dataclass(frozen=True)
class Ask:
    """A request: what stands for `{id}` and for the path's other variable, and its content as httpx takes it."""

    id: str = ""
    content: dict[str, Any] | None = None
    part: str = ""


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


def free_number(scene: Scene) -> Ask:
    number = _number(scene)
    scene.call("POST", f"/platform/numbers/{number}/release")
    return Ask(number, _say(organization_id=scene.org.id, kind="sms"))


def _for_sale(scene: Scene) -> dict[str, str]:
    """A number that can be bought now."""
    found = scene.call("POST", "/platform/numbers/search", json={"country": "US", "kind": "local"}).json()
    return {"number": found["items"][0]["number"], "country": "US", "kind": "local"}


def _bought(scene: Scene) -> Ask:
    return Ask(scene.made("/platform/numbers/buy", **_for_sale(scene))["id"])


def _rested(scene: Scene) -> Ask:
    """A number to which nobody has written for longer than it had to rest."""
    asked = _bought(scene)
    long_ago = scene.services.clock() - timedelta(days=100)
    rests = {"state": "quarantined", "former_id": scene.org.id, "talked": True, "quiet_since": long_ago}
    with scene.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        tx.execute(update(NUMBER).where(NUMBER.c.id == asked.id).values(**rests))
    return asked


def _banned_number(scene: Scene) -> Ask:
    asked = _bought(scene)
    with scene.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        tx.execute(update(NUMBER).where(NUMBER.c.id == asked.id).values(banned=["sms"]))
    return Ask(asked.id, _say(kind="sms", **WHY))


def _restricted_account(scene: Scene) -> Ask:
    asked = _account(scene)
    held = {"level": "restricted", "forbids": ["adding_senders"]}
    with scene.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        tx.execute(update(ACCOUNT).where(ACCOUNT.c.id == asked.id).values(**held))
    return Ask(asked.id, _say(**WHY))


def _lent_number(scene: Scene) -> Ask:
    asked = free_number(scene)
    assert scene.call("POST", f"/platform/numbers/{asked.id}/assign", **(asked.content or {})).status_code == 200
    return Ask(asked.id)


def _on_whatsapp(scene: Scene) -> Ask:
    """A channel on a number that the sandbox has as a WhatsApp sender."""
    asked = free_number(scene)
    lent = {"organization_id": scene.org.id, "kind": "whatsapp"}
    assert scene.call("POST", f"/platform/numbers/{asked.id}/assign", json=lent).status_code == 200
    channels = scene.call("GET", "/channels").json()["items"]
    return Ask(next(str(each["id"]) for each in channels if each["kind"] == "whatsapp" and each["sender"]))


def to_register(scene: Scene) -> Ask:
    """A number, for an organization that has an account of its own with a business account."""
    customer = scene.world.organization(f"Bakery {new_id()}").id
    opened = scene.made("/platform/provider-accounts/open", organization_id=customer)
    with scene.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        accounts.set_business(tx, opened["id"], new_id(), new_id())
    new = {"organization_id": customer, "kind": "whatsapp", "display_name": "Bakery"}
    return Ask(_bought(scene).id, _say(**new))


def _awaits_code(scene: Scene) -> Ask:
    asked = to_register(scene)
    made = scene.call("POST", f"/platform/numbers/{asked.id}/register", **(asked.content or {})).json()
    with scene.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        registrations.change(tx, made["registrations"][0]["id"], {"state": "submitted", "external_id": "XE1"})
    return Ask(asked.id, _say(code="123456"))


def _registered(scene: Scene) -> Ask:
    return Ask(_awaits_code(scene).id, _say(kind="whatsapp"))


def _merged(scene: Scene) -> Ask:
    contact = scene.contact()
    scene.made(f"/contacts/{contact}/merge", other_id=scene.contact("Carla again"))
    return Ask(contact)


def _consenting(scene: Scene) -> Ask:
    contact = scene.contact()
    identity = scene.call("GET", f"/contacts/{contact}").json()["identities"][0]["id"]
    return Ask(contact, _say(identity_id=identity, purpose="invitation", source="the form on the web site"))


def _listing(scene: Scene) -> Ask:
    identity = scene.call("GET", f"/contacts/{scene.contact()}").json()["identities"][0]
    line = {"kind": identity["kind"], "address": identity["address"]}
    return Ask(content=_say(purpose="invitation", source="a list", lines=[line]))


def _closed(scene: Scene) -> Ask:
    conversation = scene.conversation()
    scene.made(f"/conversations/{conversation}/close")
    return Ask(conversation)


def _with_webhook(scene: Scene) -> Ask:
    url = "https://crm.example.com/hub"
    assert scene.call("PATCH", "/organization", json={"webhook": {"url": url}}).status_code == 200
    return Ask()


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


STEPS = {
    ("POST", "/platform/numbers/buy"): 2,
    ("POST", "/platform/numbers/{id}/code"): 2,
    ("POST", "/platform/numbers/{id}/return"): 2,
    ("POST", "/platform/provider-accounts/open"): 2,
    ("POST", "/bans/{id}/recipients/{recipient_id}/confirm"): 2,
    ("POST", "/bans/{id}/recipients/{recipient_id}/undo"): 2,
}
"""Entries of a call that asks the supplier for something: that it was asked, and what became of it; and of one that
says who somebody is: of the ledger and of the contacts, which are one or two from then on."""


def _on_ban(stands: str, **body: Any) -> Maker:
    """A request on a ban of the bot that stands there."""
    return lambda scene: Ask(scene.ban(stands), _say(**body), part="appeal")


def _brought(scene: Scene) -> Ask:
    return Ask(scene.ban("accepted"), _say(credentials={"bot_token": str(seeds.BOTS[1].token)}))


def _recruiting(stands: str) -> Maker:
    """Stop or resume the invitations of a ban."""

    def make(scene: Scene) -> Ask:
        ban = ban_of_a_bot(scene)
        getattr(ban, stands)()
        return Ask(ban.id)

    return make


def _claim(scene: Scene) -> Ask:
    ban, line, _ = claimed_person(scene)
    return Ask(ban.id, part=line)


def _confirmed(scene: Scene) -> Ask:
    asked = _claim(scene)
    scene.made(f"/bans/{asked.id}/recipients/{asked.part}/confirm")
    return asked


def _held(scene: Scene) -> Ask:
    talk, said = held_message(scene)
    return Ask(talk, part=said)


ROUTES: dict[tuple[str, str], Maker] = {
    ("POST", "/bans/{id}/accept"): _on_ban("offered", cause="c", appeal="filed"),
    ("POST", "/bans/{id}/decline"): _on_ban("offered"),
    ("POST", "/bans/{id}/keep"): _on_ban("given_back", sender="old"),
    ("POST", "/bans/{id}/sender"): _brought,
    ("POST", "/bans/{id}/order"): _on_ban("offered", kinds=["email"]),
    ("POST", "/bans/{id}/cause"): _on_ban("offered", cause="c"),
    ("POST", "/bans/{id}/remedies/{kind}"): _on_ban("offered", state="under_way"),
    ("POST", "/bans/{id}/appeal"): _on_ban("offered", state="filed"),
    ("POST", "/bans/{id}/offer"): _on_ban("mending"),
    ("POST", "/bans/{id}/close"): _on_ban("mending", **WHY),
    ("POST", "/platform/bans/{id}/remedies/{kind}"): _on_ban("offered", state="under_way"),
    ("POST", "/platform/bans/{id}/appeal"): _on_ban("offered", state="filed"),
    ("POST", "/platform/bans/{id}/cause"): _on_ban("offered", cause="c"),
    ("POST", "/platform/bans/{id}/offer"): _on_ban("mending"),
    ("POST", "/platform/bans/{id}/close"): _on_ban("mending", **WHY),
    ("POST", "/bans/{id}/invitations/stop"): _recruiting("recruiting"),
    ("POST", "/bans/{id}/invitations/resume"): _recruiting("stopped"),
    ("POST", "/bans/{id}/recipients/{recipient_id}/confirm"): _claim,
    ("POST", "/bans/{id}/recipients/{recipient_id}/deny"): _claim,
    ("POST", "/bans/{id}/recipients/{recipient_id}/undo"): _confirmed,
    ("POST", "/conversations/{id}/held/{message_id}/send"): _held,
    ("POST", "/conversations/{id}/held/{message_id}/discard"): _held,
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
    ("POST", "/contacts/{id}/consents"): _consenting,
    ("POST", "/consents"): _listing,
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
    ("POST", "/organization/webhook/test"): _with_webhook,
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
    ("POST", "/platform/numbers/{id}/assign"): free_number,
    ("POST", "/platform/numbers/{id}/register"): to_register,
    ("POST", "/platform/numbers/{id}/code"): _awaits_code,
    ("POST", "/platform/numbers/{id}/give-up-registration"): _registered,
    ("PUT", "/platform/numbers/{id}/forwarding"): lambda scene: Ask(_number(scene), _say(to="+4930901820")),
    ("POST", "/platform/numbers/{id}/release"): _lent_number,
    ("POST", "/platform/numbers/buy"): lambda scene: Ask(content=_say(**_for_sale(scene))),
    ("PATCH", "/platform/numbers/{id}"): lambda scene: Ask(_bought(scene).id, _say(monthly_cost=115, currency="EUR")),
    ("POST", "/platform/numbers/{id}/end-quarantine"): _rested,
    ("POST", "/platform/numbers/{id}/reinstate"): _banned_number,
    ("POST", "/platform/numbers/{id}/return"): _bought,
    ("POST", "/platform/provider-accounts/{id}/reinstate"): _restricted_account,
    ("POST", "/platform/provider-accounts/open"): lambda scene: Ask(content=_say(organization_id=scene.org.id)),
    ("PATCH", "/platform/provider-accounts/{id}"): lambda scene: Ask(_account(scene).id, _say(portfolio="verified")),
    ("POST", "/platform/providers/{id}/activate"): _deactivated,
    ("POST", "/platform/providers/{id}/deactivate"): _activated,
    # reading that is itself worth an entry
    ("GET", "/audit/export"): lambda _: Ask(),
    ("GET", "/contacts/{id}/export"): lambda scene: Ask(scene.exported()),
}
