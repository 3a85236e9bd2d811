"""Twilio's accounts: the parent and its sub-accounts."""

from time import time

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hub.sandbox import seeds
from hub.sandbox.twilio.calls import form, page_of, rfc2822
from hub.sandbox.world import Account, JsonObject, World


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
    fields = await form(request)
    account.status = fields.get("Status", account.status)
    account.name = fields.get("FriendlyName", account.name)
    world.changes += 1
    return JSONResponse(_shown(account))


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
    number = world.next_id("twilio account")
    name = (await form(request)).get("FriendlyName", f"SubAccount {number}")
    secret = seeds.derive(f"sub-account token {number}")
    account = Account("AC" + seeds.derive(f"sub-account {number}"), secret, name, caller.sid)
    world.accounts[account.sid] = account
    return JSONResponse(_shown(account), 201)
