"""Who gets which answer from which route: written by hand, so that a route that lets too many in is seen (K12, K32).

A new route fails the build until it has a line here. A line says who may; everybody else gets 403, nobody 401.
"""

from dataclasses import dataclass
from typing import Any

from tests.isolation.filling import Filled

ROLES = "owner admin supervisor operator auditor"
SCOPES = "scope:read scope:conversations scope:channels scope:team scope:admin"
CALLERS = (*ROLES.split(), *SCOPES.split(), "scope:platform:*", "platform", "nobody", "unknown")
"""Each role by a token with every scope; an owner's token with one scope; a platform admin's own token."""

READ = f"{ROLES} scope:read scope:conversations scope:admin"
READ_CHANNELS = f"{READ} scope:channels"
READ_TEAM = f"{READ} scope:team"
WORK = "owner admin supervisor operator scope:conversations scope:admin"
MANAGE = "owner admin scope:admin"
CHANNELS = f"{MANAGE} scope:channels"
TEAM = f"{MANAGE} scope:team"
PRESENCE = f"{WORK} scope:team"
INTAKE = "owner admin supervisor auditor scope:read scope:admin"
USAGE = f"{INTAKE} scope:team"
AUDIT = "owner admin auditor scope:read scope:admin"
PLATFORM = "platform"


@dataclass(frozen=True)
class Line:
    """One route. `own`: the answer to who may, for what is their organization's; a foreign id and an unknown one get
    `other`. `of`: the table of the path's id. `body`: the smallest that is valid.
    `bounded`: who may ask, but gets 403 for the object of the test."""

    route: str
    may: str
    own: int = 200
    body: Any = None
    of: str = ""
    other: int = 404
    bounded: str = ""


OWN_CHANNEL = Filled("BRAVO", 0).id("channels", 0)
WHY = {"reason": "asked"}
UNTIL = {"until": "2999-01-01T00:00:00Z"}
USER = {"email": "new@example.com", "name": "New", "role": "operator", "slots": 5}
ACCOUNT = {"provider": "twilio", "external_id": "AC00000000000000000000000000000099", "name": "n", "auth_token": "t"}

API = (
    Line("GET /channels", READ_CHANNELS),
    # the kind is unknown: a known one asks its provider
    Line("POST /channels", CHANNELS, 422, {"kind": "pigeon", "name": "n", "credentials": {}}),
    Line("GET /channels/{id}", READ_CHANNELS, of="channels"),
    Line("PATCH /channels/{id}", CHANNELS, 200, {"name": "n"}, of="channels"),
    Line("DELETE /channels/{id}", CHANNELS, 204, of="channels"),
    # its credentials in these rows were never sealed: 410 says that they cannot be opened, here and below
    Line("POST /channels/{id}/check", CHANNELS, 410, of="channels"),
    # only a mailbox has one
    Line("POST /channels/{id}/intake-token", CHANNELS, 422, of="channels"),
    Line("POST /channels/{id}/code", CHANNELS, 422, of="channels"),
    Line("POST /channels/{id}/code/confirm", CHANNELS, 422, {"code": "123456"}, of="channels"),
    Line("GET /channels/{id}/incidents", READ_CHANNELS, of="channels"),
    Line("GET /channels/{id}/templates", READ_CHANNELS, of="channels"),
    # the rows are a bot's, and bots have none
    Line("POST /channels/{id}/templates/sync", CHANNELS, 422, of="channels"),
    Line("GET /conversations", READ),
    Line("GET /conversations/{id}", READ, of="conversations"),
    Line("POST /conversations/{id}/assign", WORK, 200, {"take": True}, of="conversations"),
    Line("POST /conversations/{id}/close", WORK, of="conversations"),
    Line("POST /conversations/{id}/reopen", WORK, of="conversations"),
    Line("POST /conversations/{id}/snooze", WORK, 200, UNTIL, of="conversations"),
    Line("POST /conversations/{id}/read", WORK, of="conversations"),
    Line("POST /conversations/{id}/topic", WORK, 200, {"topic": "refund"}, of="conversations"),
    Line("GET /conversations/{id}/messages", READ, of="conversations"),
    Line("GET /conversations/{id}/notifications", READ, of="conversations"),
    Line("POST /conversations/{id}/transcript", WORK, 202, {"to": "me"}, of="conversations"),
    Line("POST /conversations/{id}/mail", WORK, 409, {"text": "t"}, of="conversations"),
    Line("POST /conversations/{id}/messages", WORK, 202, {"text": "hello"}, of="conversations"),
    # it was sent: there is nothing to send again
    Line("POST /messages/{id}/retry", WORK, 409, of="messages"),
    # the row names no event that is there
    Line("GET /messages/{id}/raw", READ, 410, of="messages"),
    # one of ours: reactions are for what customers write
    Line("POST /messages/{id}/react", WORK, 409, {"emoji": "👍"}, of="messages"),
    Line("PATCH /messages/{id}", WORK, 200, {"text": "t"}, of="messages"),
    Line("DELETE /messages/{id}", WORK, 204, of="messages"),
    Line("GET /messages/{id}/attempts", READ, of="messages"),
    Line("POST /conversations/{id}/typing", WORK, 204, of="conversations"),
    Line("POST /uploads", WORK, 422),
    Line("GET /attachments/{id}", READ, 410, of="attachments"),
    Line("GET /contacts", READ),
    Line("GET /contacts/{id}", READ, of="contacts"),
    Line("PATCH /contacts/{id}", WORK, 200, {"name": "n"}, of="contacts"),
    # with nobody: an unknown contact
    Line("POST /contacts/{id}/merge", WORK, 404, {"other_id": "01BBBBBBBBBBBBBBBBBBBBBBBB"}, of="contacts"),
    Line("POST /contacts/{id}/unmerge", WORK, 200, of="contacts"),
    Line("GET /contacts/{id}/consents", READ, of="contacts"),
    Line("POST /contacts/{id}/consents", WORK, 422,
         {"identity_id": "01BBBBBBBBBBBBBBBBBBBBBBBB", "purpose": "service", "source": "a form"}, of="contacts"),
    Line("POST /consents", WORK, 200,
         {"purpose": "service", "source": "a form", "lines": [{"kind": "email", "address": "nobody@example.com"}]}),
    Line("POST /contacts/{id}/export", MANAGE, 202, {}, of="contacts"),
    Line("GET /contacts/{id}/export", MANAGE, 410, of="contacts"),
    Line("POST /contacts/{id}/restrict", MANAGE, 200, WHY, of="contacts"),
    Line("POST /contacts/{id}/unrestrict", MANAGE, 200, WHY, of="contacts"),
    Line("POST /contacts/{id}/erase", MANAGE, 202, WHY, of="contacts"),
    Line("GET /privacy/cases", MANAGE),
    Line("GET /privacy/cases/{id}", MANAGE, of="privacy_cases"),
    Line("GET /groups", READ_TEAM),
    Line("POST /groups", TEAM, 201, {"name": "n"}),
    Line("GET /groups/{id}", READ_TEAM, of="groups"),
    Line("PATCH /groups/{id}", TEAM, 200, {"name": "n"}, of="groups"),
    # a channel names it
    Line("DELETE /groups/{id}", TEAM, 409, of="groups"),
    Line("PUT /groups/{id}/members", TEAM, 200, {"user_ids": []}, of="groups"),
    Line("GET /routing/rules", READ_TEAM),
    Line("PUT /routing/rules", TEAM, 200, {"rules": []}),
    Line("POST /routing/explain", READ_TEAM, 200, {"channel_kind": "telegram", "text": "hello"}),
    Line("GET /usage", USAGE),
    Line("GET /users", READ_TEAM),
    # a token makes and changes nobody who may do more than it
    Line("POST /users", MANAGE, 201, USER),
    Line("GET /users/{id}", READ_TEAM, of="users"),
    Line("PATCH /users/{id}", MANAGE, 200, {"name": "n"}, of="users", bounded="scope:team"),
    Line("DELETE /users/{id}", MANAGE, 204, of="users", bounded="scope:team"),
    Line("PUT /users/{id}/presence", "owner admin supervisor scope:team scope:admin", 200, {"state": "online"},
         of="users"),
    # one's own needs no more than working on conversations, a colleague's is the team's
    Line("PATCH /users/{id}/profile", MANAGE, 200, {"alias": "n"}, of="users"),
    Line("PUT /users/{id}/photo", MANAGE, 200, {"upload_id": None}, of="users"),
    Line("GET /organization", READ),
    Line("PATCH /organization", MANAGE, 200, {"name": "n"}),
    Line("GET /organization/webhook/calls", MANAGE),
    Line("POST /organization/webhook/test", MANAGE, 202),
    Line("GET /tokens", MANAGE),
    Line("POST /tokens", MANAGE, 201, {"name": "n", "scopes": ["read"]}),
    Line("DELETE /tokens/{id}", MANAGE, 204, of="api_tokens"),
    Line("GET /intake", INTAKE),
    Line("GET /stream", READ),
    Line("GET /audit", AUDIT),
    Line("GET /audit/export", AUDIT),
    Line("GET /platform/audit", PLATFORM),
    Line("GET /platform/incidents", PLATFORM),
    Line("GET /bans", READ_CHANNELS),
    Line("GET /bans/{id}", READ_CHANNELS, of="ban_cases"),
    Line("GET /bans/{id}/possibilities", READ_CHANNELS, of="ban_cases"),
    Line("GET /bans/{id}/evidence", CHANNELS, of="ban_cases"),
    Line("POST /bans/{id}/accept", CHANNELS, 409, {"cause": "c", "appeal": "filed"}, of="ban_cases"),
    Line("POST /bans/{id}/decline", CHANNELS, 409, {}, of="ban_cases"),
    Line("POST /bans/{id}/keep", CHANNELS, 409, {"sender": "old"}, of="ban_cases"),
    Line("POST /bans/{id}/sender", CHANNELS, 409, {"credentials": {}}, of="ban_cases"),
    Line("POST /bans/{id}/order", CHANNELS, 200, {"kinds": []}, of="ban_cases"),
    Line("POST /bans/{id}/cause", CHANNELS, 200, {"cause": "c"}, of="ban_cases"),
    # what stands for the remedy is none
    Line("POST /bans/{id}/remedies/{kind}", CHANNELS, 404, {"state": "under_way"}, of="ban_cases"),
    Line("POST /bans/{id}/appeal", CHANNELS, 200, {"state": "filed"}, of="ban_cases"),
    Line("POST /bans/{id}/offer", CHANNELS, 409, {}, of="ban_cases"),
    Line("POST /bans/{id}/close", CHANNELS, 409, {"reason": "r"}, of="ban_cases"),
    Line("GET /bans/{id}/recipients", READ, of="ban_cases"),
    Line("GET /bans/{id}/unasked.csv", READ, of="ban_cases"),
    # nobody is being invited in these rows
    Line("POST /bans/{id}/invitations/stop", CHANNELS, 409, of="ban_cases"),
    Line("POST /bans/{id}/invitations/resume", CHANNELS, 409, of="ban_cases"),
    # what stands for the recipient is none
    Line("POST /bans/{id}/recipients/{recipient_id}/confirm", WORK, 404, of="ban_cases"),
    Line("POST /bans/{id}/recipients/{recipient_id}/deny", WORK, 404, of="ban_cases"),
    Line("POST /bans/{id}/recipients/{recipient_id}/undo", WORK, 404, of="ban_cases"),
    # there is no new sender in them
    Line("GET /bans/{id}/publish", READ_CHANNELS, 409, of="ban_cases"),
    Line("GET /bans/{id}/publish.svg", READ_CHANNELS, 409, of="ban_cases"),
    Line("GET /bans/{id}/publish.png", READ_CHANNELS, 409, of="ban_cases"),
    Line("GET /channels/{id}/rehearsal", READ_CHANNELS, of="channels"),
    Line("GET /conversations/{id}/held", READ, of="conversations"),
    # what stands for the message is none that is held
    Line("POST /conversations/{id}/held/{message_id}/send", WORK, 404, of="conversations"),
    Line("POST /conversations/{id}/held/{message_id}/discard", WORK, 404, of="conversations"),
    Line("GET /platform/bans", PLATFORM),
    Line("GET /platform/bans/{id}", PLATFORM, of="ban_cases", other=200),
    Line("POST /platform/bans/{id}/remedies/{kind}", PLATFORM, 404, {"state": "under_way"}, of="ban_cases"),
    Line("POST /platform/bans/{id}/appeal", PLATFORM, 200, {"state": "filed"}, of="ban_cases", other=200),
    Line("POST /platform/bans/{id}/cause", PLATFORM, 200, {"cause": "c"}, of="ban_cases", other=200),
    Line("POST /platform/bans/{id}/offer", PLATFORM, 409, {}, of="ban_cases", other=409),
    Line("POST /platform/bans/{id}/close", PLATFORM, 409, {"reason": "r"}, of="ban_cases", other=409),
    Line("POST /platform/organizations/{id}/suspend", PLATFORM, 200, WHY, of="organizations", other=200),
    Line("POST /platform/organizations/{id}/resume", PLATFORM, 409, WHY, of="organizations", other=409),
    Line("POST /platform/channels/{id}/suspend", PLATFORM, 200, WHY, of="channels", other=200),
    Line("POST /platform/channels/{id}/resume", PLATFORM, 409, WHY, of="channels", other=409),
    Line("POST /platform/messages/{id}/suspend", PLATFORM, 200, WHY, of="messages", other=200),
    Line("POST /platform/messages/{id}/resume", PLATFORM, 409, WHY, of="messages", other=409),
    Line("GET /platform/organizations", PLATFORM),
    Line("POST /platform/organizations", PLATFORM, 201, {"name": "n", "owner_email": "o@example.com"}),
    Line("GET /platform/provider-accounts", PLATFORM),
    Line("POST /platform/provider-accounts", PLATFORM, 201, ACCOUNT),
    Line("POST /platform/provider-accounts/open", PLATFORM, 422, {"organization_id": "01AAAAAAAAAAAAAAAAAAAAAAAA"}),
    Line("GET /platform/provider-accounts/{id}", PLATFORM, of="provider_accounts", other=200),
    Line("PATCH /platform/provider-accounts/{id}", PLATFORM, 200, {"portfolio": "verified"}, of="provider_accounts",
         other=200),
    Line("POST /platform/provider-accounts/{id}/reinstate", PLATFORM, 409, {"reason": "r"}, of="provider_accounts",
         other=409),
    # no kind works with a provider of its name
    Line("POST /platform/provider-accounts/{id}/check", PLATFORM, 422, of="provider_accounts", other=422),
    Line("GET /platform/provider-accounts/{id}/sign-up", PLATFORM, 409, of="provider_accounts", other=409),
    Line("GET /platform/numbers", PLATFORM, 410),
    Line("POST /platform/numbers", PLATFORM, 201, {"number": "+491700000001", "capabilities": ["sms"]}),
    Line("POST /platform/numbers/search", PLATFORM, 422, {"country": "DE", "kind": "pager"}),
    Line("POST /platform/numbers/buy", PLATFORM, 422, {"number": "+491700000001", "country": "DE", "kind": "pager"}),
    Line("GET /platform/numbers/costs", PLATFORM),
    Line("GET /platform/numbers/{id}", PLATFORM, of="numbers", other=200),
    Line("PATCH /platform/numbers/{id}", PLATFORM, 200, {"monthly_cost": 1, "currency": "EUR"}, of="numbers",
         other=200),
    Line("POST /platform/numbers/{id}/assign", PLATFORM, 422,
         {"organization_id": "01AAAAAAAAAAAAAAAAAAAAAAAA", "kind": "sms"}, of="numbers", other=422),
    Line("POST /platform/numbers/{id}/release", PLATFORM, 200, of="numbers", other=200),
    Line("POST /platform/numbers/{id}/end-quarantine", PLATFORM, 409, of="numbers", other=409),
    # none of them is banned
    Line("POST /platform/numbers/{id}/reinstate", PLATFORM, 409, {"kind": "sms", "reason": "r"}, of="numbers",
         other=409),
    Line("POST /platform/numbers/{id}/return", PLATFORM, 409, of="numbers", other=409),
    Line("POST /platform/numbers/{id}/register", PLATFORM, 422,
         {"organization_id": "01AAAAAAAAAAAAAAAAAAAAAAAA", "kind": "whatsapp", "display_name": "n"},
         of="numbers", other=422),
    Line("POST /platform/numbers/{id}/code", PLATFORM, 200, {"code": "123456"}, of="numbers", other=200),
    Line("POST /platform/numbers/{id}/give-up-registration", PLATFORM, 409, {"kind": "sms"}, of="numbers", other=409),
    Line("PUT /platform/numbers/{id}/forwarding", PLATFORM, 200, {"to": "+4930901820"}, of="numbers", other=200),
    Line("GET /platform/providers", PLATFORM),
    Line("POST /platform/providers/{id}/activate", PLATFORM, 404, of="provider_activations"),
    Line("POST /platform/providers/{id}/deactivate", PLATFORM, 404, of="provider_activations"),
)  # fmt: skip
"""Every route of the API that asks who calls."""

PUBLIC = {"GET /openapi.json": 200, "GET /docs": 200}
"""What the API answers to anybody."""

PEOPLE = "owner admin"
_NUMBER, _ACCOUNT, _BAN = "/platform/numbers/{number_id}", "/platform/accounts/{account_id}", "/platform/bans/{case_id}"
OF_PLATFORM = (
    "GET /platform", "GET /platform/numbers", "POST /platform/numbers", "GET /platform/numbers/buy",
    "POST /platform/numbers/buy", f"GET {_NUMBER}",
    *(f"POST {_NUMBER}/{verb}" for verb in ("registration", "code", "give-up-registration", "forward", "cost", "assign",
                                             "release", "end-quarantine", "reinstate", "return")),
    "GET /platform/accounts", "POST /platform/accounts", "POST /platform/accounts/add",
    f"POST {_ACCOUNT}/portfolio", "GET /platform/incidents", f"POST {_ACCOUNT}/sign-up", f"POST {_ACCOUNT}/check",
    f"POST {_ACCOUNT}/reinstate",
    "GET /platform/bans", f"GET {_BAN}", f"POST {_BAN}/remedies/{{kind}}/begin", f"POST {_BAN}/remedies/{{kind}}/end",
    f"POST {_BAN}/appeal", f"POST {_BAN}/appeal/decided", f"POST {_BAN}/offer", f"POST {_BAN}/close",
    f"GET {_BAN}/evidence.txt",
)  # fmt: skip
"""The pages of whoever runs the hub: nobody of an organization sees any of them."""
PAGES = (
    Line("GET /", ROLES, 303),
    Line("GET /inbox", ROLES),
    Line("GET /inbox/list", ROLES),
    Line("GET /inbox/{conversation_id}", ROLES, of="conversations"),
    Line("GET /inbox/{conversation_id}/thread", ROLES, of="conversations"),
    Line("POST /inbox/language", ROLES, 303, {"language": "de"}),
    Line("POST /inbox/presence", "owner admin supervisor operator", 303, {"state": "online"}),
    Line("POST /inbox/presence/beat", "owner admin supervisor operator", 204, {"tab": "a-page-of-theirs"}),
    Line("POST /inbox/presence/leave", "owner admin supervisor operator", 204, {"tab": "a-page-of-theirs"}),
    Line("POST /inbox/{conversation_id}/messages", "owner admin supervisor operator", 303, {"text": "hello"},
         of="conversations"),
    Line("POST /inbox/{conversation_id}/messages/{message_id}/retry", "owner admin supervisor operator", 404,
         of="conversations"),
    Line("POST /inbox/{conversation_id}/close", "owner admin supervisor operator", 303, of="conversations"),
    Line("POST /inbox/{conversation_id}/reopen", "owner admin supervisor operator", 303, of="conversations"),
    Line("POST /inbox/{conversation_id}/assign", "owner admin supervisor operator", 422, of="conversations", other=422),
    Line("POST /inbox/{conversation_id}/read", "owner admin supervisor operator", 204, of="conversations"),
    Line("GET /admin", PEOPLE, 303),
    Line("GET /admin/people", PEOPLE),
    Line("GET /admin/audit", f"{PEOPLE} auditor"),
    Line("GET /admin/channels", PEOPLE),
    Line("GET /admin/channels/new/{kind}", PEOPLE, 404, of="channels"),
    Line("GET /admin/channels/{channel_id}", PEOPLE, of="channels"),
    Line("POST /admin/channels", PEOPLE, 404, {"kind": "pigeon", "name": "n"}),
    Line("POST /admin/channels/{channel_id}", PEOPLE, 303, {"name": "n"}, of="channels"),
    Line("POST /admin/channels/{channel_id}/check", PEOPLE, 410, of="channels"),
    Line("POST /admin/channels/{channel_id}/credentials", PEOPLE, 422, of="channels"),
    Line("POST /admin/channels/{channel_id}/intake-token", PEOPLE, 422, of="channels"),
    Line("POST /admin/channels/{channel_id}/code", PEOPLE, 422, of="channels"),
    Line("POST /admin/channels/{channel_id}/code/confirm", PEOPLE, 422, {"code": "123456"}, of="channels"),
    Line("POST /admin/channels/{channel_id}/delete", PEOPLE, 303, of="channels"),
    # bots have no sign-in; whoever comes back must have begun
    Line("GET /admin/channels/connect/{kind}", PEOPLE, 422, of="channels", other=422),
    Line("GET /admin/channels/connected", PEOPLE, 422),
    Line("POST /admin/channels/connected", PEOPLE, 422),
    Line("GET /admin/webhook", PEOPLE),
    Line("POST /admin/webhook", PEOPLE, 200, {"url": "https://crm.example.com/hub"}),
    Line("POST /admin/webhook/test", PEOPLE, 303),
    Line("POST /admin/webhook/remove", PEOPLE, 303),
    Line("GET /admin/privacy", PEOPLE),
    Line("POST /admin/privacy/cases", PEOPLE, 404,
         {"contact_id": "01BBBBBBBBBBBBBBBBBBBBBBBB", "kind": "restrict", "reason": "r"}),
    Line("POST /admin/privacy/exports/{contact_id}", PEOPLE, 410, of="contacts"),
    Line("POST /admin/people/users", PEOPLE, 200, USER),
    Line("POST /admin/people/users/{user_id}", PEOPLE, 303, {"name": "n", "role": "operator", "slots": "5"},
         of="users"),
    Line("POST /admin/people/users/{user_id}/disable", PEOPLE, 303, of="users"),
    Line("GET /admin/people/users/{user_id}/profile", PEOPLE, of="users"),
    Line("POST /admin/people/users/{user_id}/profile", PEOPLE, 303, {"alias": "n"}, of="users"),
    Line("POST /admin/people/users/{user_id}/profile/photo", PEOPLE, 303, of="users"),
    Line("GET /admin/people/users/{user_id}/profile/photo", PEOPLE, 303, of="users"),
    Line("GET /profile", ROLES),
    Line("POST /profile", "owner admin supervisor operator", 303, {"alias": "n"}),
    Line("POST /profile/photo", "owner admin supervisor operator", 303),
    Line("GET /profile/photo", ROLES, 303),
    Line("GET /admin/usage", f"{PEOPLE} supervisor auditor"),
    Line("GET /admin/groups", PEOPLE),
    Line("POST /admin/groups", PEOPLE, 303, {"name": "n"}),
    Line("POST /admin/groups/wishes", PEOPLE, 303, {"offline_minutes": "2", "browser_seconds": "60"}),
    Line("GET /admin/groups/{group_id}", PEOPLE, of="groups"),
    Line("POST /admin/groups/{group_id}", PEOPLE, 303, {"name": "n"}, of="groups"),
    Line("POST /admin/groups/{group_id}/delete", PEOPLE, 409, of="groups"),
    Line("GET /admin/routing", PEOPLE),
    Line("GET /admin/routing/new", PEOPLE),
    Line("POST /admin/routing", PEOPLE, 303, {"name": "n", "keywords": "n"}),
    Line("POST /admin/routing/try", PEOPLE, 422, {"text": "n"}),
    Line("GET /admin/routing/{rule_id}", PEOPLE, of="routing_rules"),
    Line("POST /admin/routing/{rule_id}", PEOPLE, 303, {"name": "n", "keywords": "n"}, of="routing_rules"),
    Line("POST /admin/routing/{rule_id}/move", PEOPLE, 303, {"to": "up"}, of="routing_rules"),
    Line("POST /admin/routing/{rule_id}/enable", PEOPLE, 303, {"on": "yes"}, of="routing_rules"),
    Line("POST /admin/routing/{rule_id}/delete", PEOPLE, 303, of="routing_rules"),
    Line("GET /contacts/{contact_id}", ROLES, of="contacts"),
    Line("GET /consents", "owner admin supervisor operator"),
    # nobody is known by this address
    Line("POST /consents", "owner admin supervisor operator", 200,
         {"kind": "email", "purpose": "service", "answer": "given", "source": "s", "lines": "nobody@example.com"}),
    # it names none of their addresses
    Line("POST /contacts/{contact_id}/consents", "owner admin supervisor operator", 422,
         {"purpose": "service", "answer": "given", "source": "s"}, of="contacts"),
    Line("POST /inbox/{conversation_id}/claim/{recipient_id}/confirm", "owner admin supervisor operator", 404,
         of="conversations"),
    Line("POST /inbox/{conversation_id}/claim/{recipient_id}/deny", "owner admin supervisor operator", 404,
         of="conversations"),
    Line("POST /inbox/{conversation_id}/claim/{recipient_id}/undo", "owner admin supervisor operator", 404,
         of="conversations"),
    Line("POST /inbox/{conversation_id}/held/{message_id}/send", "owner admin supervisor operator", 404,
         of="conversations"),
    Line("POST /inbox/{conversation_id}/held/{message_id}/discard", "owner admin supervisor operator", 404,
         of="conversations"),
    # nobody opened an account for them, and whoever comes back must have begun
    Line("GET /admin/business-account", PEOPLE),
    Line("GET /admin/business-account/connect", PEOPLE, 409),
    Line("GET /admin/business-account/connected", PEOPLE, 422),
    Line("GET /admin/settings", PEOPLE),
    Line("POST /admin/settings", PEOPLE, 303, {"offer_days": "7"}),
    Line("POST /admin/settings/order", PEOPLE, 303, {"ways": "email", "kind": "email", "to": "up"}),
    Line("GET /admin/channels/{channel_id}/rehearsal", PEOPLE, of="channels"),
    Line("GET /bans", ROLES),
    Line("GET /bans/{case_id}", ROLES, of="ban_cases"),
    Line("GET /bans/{case_id}/evidence.txt", PEOPLE, of="ban_cases"),
    Line("GET /bans/{case_id}/unasked.csv", ROLES, of="ban_cases"),
    # there is no new sender yet
    Line("GET /bans/{case_id}/code.svg", ROLES, 409, of="ban_cases"),
    Line("GET /bans/{case_id}/code.png", ROLES, 409, of="ban_cases"),
    # the last part is the case's id, too: there is no such remedy
    Line("POST /bans/{case_id}/remedies/{kind}/begin", PEOPLE, 422, of="ban_cases"),
    Line("POST /bans/{case_id}/remedies/{kind}/end", PEOPLE, 422, of="ban_cases"),
    Line("POST /bans/{case_id}/appeal", PEOPLE, 422, of="ban_cases"),
    Line("POST /bans/{case_id}/appeal/decided", PEOPLE, 409, of="ban_cases"),
    Line("POST /bans/{case_id}/offer", PEOPLE, 409, of="ban_cases"),
    Line("POST /bans/{case_id}/close", PEOPLE, 422, of="ban_cases"),
    Line("POST /bans/{case_id}/accept", PEOPLE, 409, of="ban_cases"),
    Line("POST /bans/{case_id}/decline", PEOPLE, 409, of="ban_cases"),
    Line("POST /bans/{case_id}/keep", PEOPLE, 422, of="ban_cases"),
    Line("POST /bans/{case_id}/stop", PEOPLE, 409, of="ban_cases"),
    Line("POST /bans/{case_id}/resume", PEOPLE, 409, of="ban_cases"),
    Line("POST /bans/{case_id}/order", PEOPLE, 422, of="ban_cases"),
    Line("POST /bans/{case_id}/bring", PEOPLE, 409, of="ban_cases"),
    Line("POST /bans/{case_id}/instead", PEOPLE, 422, of="ban_cases"),
    Line("POST /bans/{case_id}/discard", PEOPLE, 303, of="ban_cases"),
    Line("POST /bans/{case_id}/choose", PEOPLE, 409, {"channel_id": OWN_CHANNEL}, of="ban_cases"),
    *(
        Line(f"POST /bans/{{case_id}}/recipients/{{recipient_id}}/{verb}", "owner admin supervisor operator", 404,
             of="ban_cases")
        for verb in ("confirm", "deny", "undo")
    ),
    *(Line(route, "") for route in OF_PLATFORM),
)  # fmt: skip
"""Every page for people who are signed in. Nobody is sent to the sign-in."""

GUESTS = {
    "GET /login": 200, "POST /login": 401, "POST /logout": 303, "GET /invitations/{token}": 404,
    "POST /invitations/{token}": 404,
    "GET /media/{token}": 404,
    "GET /healthz": 200, "GET /readyz": 503, "GET /metrics": 200, "GET /static/{path}": 404,
    "POST /webhooks/telegram/{channel_id}": 410,
    "GET /webhooks/facebook": 403, "POST /webhooks/facebook": 403,
    "POST /webhooks/facebook/deauthorize": 403, "POST /webhooks/facebook/data-deletion": 403,
    "GET /data-deletion/{code}": 404,
    "GET /unsubscribe/{token}": 404, "POST /unsubscribe/{token}": 404,
    "POST /webhooks/twilio/messages": 403, "POST /webhooks/twilio/status": 403,
    "POST /webhooks/twilio/errors": 403, "POST /webhooks/twilio/voice": 403,
    "POST /webhooks/email/mailgun": 406, "POST /webhooks/email/mailgun/mime": 406,
    "POST /webhooks/email/mailgun/events": 406, "POST /webhooks/email/mime": 403,
    "POST /webhooks/email/ses": 403,
}  # fmt: skip
"""What anybody may call without being known: the answer to somebody who proves nothing, for whatever id."""
