"""Twilio's accounts: the parent and its sub-accounts, each with a token of its own."""

from time import time

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hub.sandbox import seeds
from hub.sandbox.twilio.calls import Refused, form, page_of, rfc2822
from hub.sandbox.world import Account, JsonObject, World

_STATUSES = ("active", "suspended", "closed")


def _shown(account: Account) -> JsonObject:
    return {
        "sid": account.sid,
        "auth_token": account.token,
        "friendly_name": account.name,
        "owner_account_sid": account.owner,
        "status": account.status,
        "type": "Full",
        "date_created": rfc2822(time()),
        "date_updated": rfc2822(time()),
        "uri": f"/2010-04-01/Accounts/{account.sid}.json",
    }


async def fetch(_world: World, account: Account, _request: Request) -> Response:
    return JSONResponse(_shown(account))


async def update(world: World, account: Account, request: Request) -> Response:
    """Rename, suspend, reopen or close. A closed account stays closed, and its numbers are gone [K]."""
    fields = await form(request)
    status = fields.get("Status", account.status)
    if status not in _STATUSES or (account.owner == account.sid and status != account.status):
        raise Refused(20001, f"Status must be one of {', '.join(_STATUSES)}, and a parent's own cannot be changed")
    if account.status == "closed" and status != "closed":
        raise Refused(20005, "The account is closed for good")
    account.status = status
    account.name = fields.get("FriendlyName", account.name)
    if status == "closed":
        _give_everything_back(world, account)
    world.changes += 1
    return JSONResponse(_shown(account))


def _give_everything_back(world: World, account: Account) -> None:
    for sid in [sid for sid, number in world.numbers.items() if number["account_sid"] == account.sid]:
        world.provisioned.released.append(world.numbers.pop(sid)["phone_number"])
    for sid in [sid for sid, sender in world.senders.items() if sender["account_sid"] == account.sid]:
        del world.senders[sid]


async def show_list(world: World, caller: Account, request: Request) -> Response:
    wanted = request.query_params
    found = [
        _shown(account)
        for account in world.accounts.values()
        if caller.sid in {account.sid, account.owner}
        and wanted.get("FriendlyName", account.name) == account.name
        and wanted.get("Status", account.status) == account.status
    ]
    return JSONResponse(page_of(request, "accounts", found))


async def create(world: World, caller: Account, request: Request) -> Response:
    """Only the parent makes sub-accounts; they have none of their own."""
    if caller.owner != caller.sid:
        raise Refused(20403, "A sub-account cannot create accounts", 403)
    number = world.next_id("twilio account")
    name = (await form(request)).get("FriendlyName", f"SubAccount {number}")
    secret = seeds.derive(f"sub-account token {number}")
    account = Account("AC" + seeds.derive(f"sub-account {number}"), secret, name, caller.sid)
    world.accounts[account.sid] = account
    return JSONResponse(_shown(account), 201)
