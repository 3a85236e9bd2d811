"""Building the demo's organization over the REST API. Everything is looked for first, so every step may be repeated."""

from collections.abc import Mapping
from dataclasses import dataclass

from hub.demo import story
from hub.demo.calls import Json, Server
from hub.demo.memory import Memory
from hub.demo.story import Line

API = "/api/v1"


@dataclass(frozen=True, slots=True)
class Stage:
    """What the demo is played on: the hub's API, the sandbox, the sandbox's seeds, and the hub's own address."""

    hub: Server
    sandbox: Server
    seeds: Json
    hub_url: str
    memory: Memory


def build(stage: Stage) -> dict[str, str]:
    """Make operators, groups and channels, and tell the sandbox where the hub is. Return channel kind → channel id."""
    users = _ensure_operators(stage)
    groups = _ensure_groups(stage, users)
    stage.hub.patch(f"{API}/organization", {"notifying": story.NOTIFYING})
    _tell_sandbox(stage, {})
    channels = {line.kind: _ensure_channel(stage, line, groups[line.group]) for line in story.LINES}
    for user_id in users.values():
        stage.hub.put(f"{API}/users/{user_id}/presence", {"state": "online"})
    return channels


def _ensure_operators(stage: Stage) -> dict[str, str]:
    """Return the user id of every operator's login."""
    known = {user["email"]: user["id"] for user in stage.hub.items(f"{API}/users")}
    for operator in story.OPERATORS:
        if operator.email not in known:
            new = {"email": operator.email, "name": operator.name, "role": "operator"}
            made = stage.hub.post(f"{API}/users", new | {"password": stage.memory.password})
            known[operator.email] = made["id"]
    return {operator.login: known[operator.email] for operator in story.OPERATORS}


def _ensure_groups(stage: Stage, users: Mapping[str, str]) -> dict[str, str]:
    """Return the id of every group's name."""
    known = {group["name"]: group for group in stage.hub.items(f"{API}/groups")}
    for name in sorted({operator.group for operator in story.OPERATORS}):
        if name not in known:
            known[name] = stage.hub.post(f"{API}/groups", {"name": name})
        if not known[name]["members"]:
            members = [users[operator.login] for operator in story.OPERATORS if operator.group == name]
            stage.hub.put(f"{API}/groups/{known[name]['id']}/members", {"user_ids": members})
    return {name: group["id"] for name, group in known.items()}


def _ensure_channel(stage: Stage, line: Line, group_id: str) -> str:
    known = {channel["kind"]: channel["id"] for channel in stage.hub.items(f"{API}/channels")}
    if line.kind not in known:
        if line.number:
            return _assign_number(stage, line, group_id)
        new = {"kind": line.kind, "name": line.name, "group_id": group_id}
        made = stage.hub.post(f"{API}/channels", new | {"credentials": _credentials(stage.seeds, line.kind)})
        known[line.kind] = made["id"]
    channel_id = str(known[line.kind])
    channel = stage.hub.post(f"{API}/channels/{channel_id}/check", {})
    _hand_over_intake_token(stage, channel)
    return channel_id


def _credentials(seeds: Json, kind: str) -> Json:
    """Return what the sandbox knows a channel's sender by."""
    match kind:
        case "telegram":
            return {"bot_token": seeds[kind]["bots"][0]["token"]}
        case "facebook":
            page = seeds[kind]["pages"][0]
            return {"page_id": page["id"], "page_access_token": page["token"]}
        case _:
            return {"address": seeds[kind]["address"]}


def _assign_number(stage: Stage, line: Line, group_id: str) -> str:
    wanted = story.NUMBER_HAS_SENDER[line.kind]
    seed = next(seed for seed in stage.seeds["twilio"]["numbers"] if seed["whatsapp"] is wanted)
    known = {number["number"]: number for number in stage.hub.items(f"{API}/platform/numbers")}
    number = known.get(seed["number"]) or stage.hub.post(
        f"{API}/platform/numbers", {"number": seed["number"], "capabilities": [line.kind]}
    )
    to = {"organization_id": stage.memory.organization_id, "kind": line.kind, "name": line.name, "group_id": group_id}
    lent = stage.hub.post(f"{API}/platform/numbers/{number['id']}/assign", to)
    return next(str(channel["id"]) for channel in lent["channels"] if channel["kind"] == line.kind)


def _tell_sandbox(stage: Stage, more: Json) -> None:
    """Tell the providers without a configuration API of their own where the hub is."""
    hooks = f"{stage.hub_url}/webhooks"
    stage.sandbox.post(
        "/control/settings",
        {
            "facebook_webhook_url": f"{hooks}/facebook",
            "mail_inbound_url": f"{hooks}/email/mailgun",
            "mail_raw_url": f"{hooks}/email/mime",
            "mail_events_url": f"{hooks}/email/mailgun/events",
            "twilio_errors_url": f"{hooks}/twilio/errors",
            **more,
        },
    )


def _hand_over_intake_token(stage: Stage, channel: Json) -> None:
    """A token is shown once, so a repeated start makes a fresh one."""
    if not any(url.endswith("/mime") for url in channel["webhook_urls"]):
        return
    rotated = stage.hub.post(f"{API}/channels/{channel['id']}/intake-token", {})
    _tell_sandbox(stage, {"mail_intake_token": rotated["intake_token"]})
