"""A working form for every changing page of bans, people who are won back, numbers and accounts."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import httpx
from sqlalchemy import select, update

from hub.db.session import PlatformWork
from hub.db.tables.core import IDENTITY, USER
from hub.numbers.policy import happenings as h
from hub.sandbox import seeds
from hub.types import ChannelKind
from hub.types.bans import Possibility
from hub.types.numbers import OfferKind, Readiness
from tests.audit.routes import ROUTES
from tests.audit.won_back import ban_of_a_bot, claimed_person, held_message, waiting_ban

if TYPE_CHECKING:
    from tests.audit.pages import Browser

Send = Callable[[], httpx.Response]
Prepare = Callable[["Browser"], Send]
_PERSON = "/bans/{case_id}/recipients/{recipient_id}"
STEPS = {
    "/platform/numbers/buy": 2,
    "/platform/numbers/{number_id}/return": 2,
    "/platform/numbers/{number_id}/code": 2,
    "/platform/accounts": 2,
    f"{_PERSON}/confirm": 2,
    f"{_PERSON}/undo": 2,
    "/inbox/{conversation_id}/claim/{recipient_id}/confirm": 2,
    "/inbox/{conversation_id}/claim/{recipient_id}/undo": 2,
    "/bans/{case_id}/instead": 2,
}
"""Entries of a form that asks the supplier for something: that it was asked, and what became of it; and of one that
says who somebody is: of the ledger and of the contacts, which are one or two from then on."""


def _case(path: str, *, base: str = "/bans", at: str = "informed", **form: str) -> Prepare:
    """Do something to a case that stands there."""

    def prepare(browser: "Browser") -> Send:
        ban = ban_of_a_bot(browser.scene)
        getattr(ban, at)()
        return _as_platform(browser).will(f"{base}/{ban.id}{path}", cookie=True, **form)

    return prepare


def _filed(browser: "Browser", base: str) -> Send:
    ban = ban_of_a_bot(browser.scene)
    ban.informed()
    ban.happens(h.AppealFiled())
    return _as_platform(browser).will(f"{base}/{ban.id}/appeal/decided", granted="no", words="no")


def _bring(browser: "Browser") -> Send:
    """A bot of the customer's own takes over."""
    ban = ban_of_a_bot(browser.scene)
    ban.accepted(Possibility(OfferKind.OWN_SENDER, ChannelKind("telegram"), Readiness.READY, "a bot"))
    return browser.will(f"/bans/{ban.id}/bring", cookie=True, **{"credential:bot_token": str(seeds.BOTS[1].token)})


def _choose(browser: "Browser") -> Send:
    """A channel that is there takes over."""
    ban = ban_of_a_bot(browser.scene)
    ban.accepted(Possibility(OfferKind.ANOTHER_KIND, ChannelKind("telegram"), Readiness.READY, "a channel"))
    return browser.will(f"/bans/{ban.id}/choose", channel_id=browser.scene.channel.id)


def _kept(browser: "Browser") -> Send:
    ban = ban_of_a_bot(browser.scene)
    ban.recruiting()
    ban.happens(h.Reinstated("it works"))
    return browser.will(f"/bans/{ban.id}/keep", kept="new")


def _instead(browser: "Browser") -> Send:
    """The offer is declined, and another kind asked for."""
    ban = ban_of_a_bot(browser.scene)
    return browser.will(f"/bans/{ban.id}/instead", kind="email", offer_id=ban.offered())


def _discard(browser: "Browser") -> Send:
    """One message waits on the old sender."""
    return browser.will(f"/bans/{waiting_ban(browser.scene)}/discard")


def _claim(verb: str) -> Prepare:
    def prepare(browser: "Browser") -> Send:
        ban, line, _ = claimed_person(browser.scene)
        path = f"/bans/{ban.id}/recipients/{line}"
        if verb == "undo":
            browser.send(f"{path}/confirm")
        return browser.will(f"{path}/{verb}")

    return prepare


def _claim_in_inbox(verb: str) -> Prepare:
    def prepare(browser: "Browser") -> Send:
        _, line, other = claimed_person(browser.scene)
        path = f"/inbox/{other}/claim/{line}"
        if verb == "undo":
            browser.send(f"{path}/confirm")
        return browser.will(f"{path}/{verb}")

    return prepare


def _held(verb: str) -> Prepare:
    def prepare(browser: "Browser") -> Send:
        talk, said = held_message(browser.scene)
        return browser.will(f"/inbox/{talk}/held/{said}/{verb}")

    return prepare


def _consent(browser: "Browser") -> Send:
    scene = browser.scene
    identity = scene.identity()
    with scene.services.db.reading(scene.org.id) as tx:
        contact = tx.scalar(select(IDENTITY.c.contact_id).where(IDENTITY.c.id == identity))
    form = {"identity_id": identity, "purpose": "invitation", "answer": "given", "source": "a form"}
    return browser.will(f"/contacts/{contact}/consents", cookie=True, **form)


def _consents(browser: "Browser") -> Send:
    form = {"kind": "email", "purpose": "invitation", "answer": "given", "source": "a list"}
    return browser.will("/consents", cookie=True, **form, lines="nobody@example.com")


# --- the platform's -------------------------------------------------------------------------------------


def _as_platform(browser: "Browser") -> "Browser":
    """Let the visitor run the hub, too."""
    with browser.scene.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        tx.execute(update(USER).where(USER.c.email == browser.email).values(platform_admin=True))
    return browser


def _like(line: tuple[str, str], path: str, names: Mapping[str, str] | None = None, **form: str) -> Prepare:
    """Do on a page what a line of the API does, to what that line is done to; `names`: of body → of form."""

    def prepare(browser: "Browser") -> Send:
        asked = ROUTES[line](browser.scene)
        said: dict[str, Any] = (asked.content or {}).get("json", {})
        fields = {(names or {}).get(name, name): value for name, value in said.items()}
        return _as_platform(browser).will(path.replace("{id}", asked.id), cookie=True, **{**form, **fields})

    return prepare


_NUMBER = "/platform/numbers/{id}"
_ACCOUNT = "/platform/accounts/{id}"


def _mending(base: str) -> dict[str, Prepare]:
    one = f"{base}/{{case_id}}"
    return {
        f"{one}/remedies/{{kind}}/begin": _case("/remedies/appeal/begin", base=base),
        f"{one}/remedies/{{kind}}/end": _case("/remedies/appeal/end", base=base, helped="no", result="no answer"),
        f"{one}/appeal": _case("/appeal", base=base, appeal="waived", reason="it was our fault"),
        f"{one}/appeal/decided": lambda browser: _filed(browser, base),
        f"{one}/offer": _case("/offer", base=base),
        f"{one}/close": _case("/close", base=base, reason="enough"),
    }


BAN_PAGES: dict[str, Prepare] = {
    **_mending("/bans"),
    **_mending("/platform/bans"),
    "/bans/{case_id}/accept": _case("/accept", at="offered", cause="too many", appeal="filed"),
    "/bans/{case_id}/decline": _case("/decline", at="offered", reason="no"),
    "/bans/{case_id}/instead": _instead,
    "/bans/{case_id}/discard": _discard,
    "/bans/{case_id}/keep": _kept,
    "/bans/{case_id}/stop": _case("/stop", at="recruiting"),
    "/bans/{case_id}/resume": _case("/resume", at="stopped"),
    "/bans/{case_id}/order": _case("/order", at="recruiting", ways="email", kind="email", to="up"),
    "/bans/{case_id}/bring": _bring,
    "/bans/{case_id}/choose": _choose,
    **{f"/bans/{{case_id}}/recipients/{{recipient_id}}/{verb}": _claim(verb) for verb in ("confirm", "deny", "undo")},
    **{
        f"/inbox/{{conversation_id}}/claim/{{recipient_id}}/{verb}": _claim_in_inbox(verb)
        for verb in ("confirm", "deny", "undo")
    },
    **{f"/inbox/{{conversation_id}}/held/{{message_id}}/{verb}": _held(verb) for verb in ("send", "discard")},
    "/contacts/{contact_id}/consents": _consent,
    "/consents": _consents,
    "/admin/settings": lambda browser: browser.will("/admin/settings", offer_days="7", masked_numbers="yes"),
    "/admin/settings/order": lambda browser: browser.will("/admin/settings/order", ways="email", kind="email", to="up"),
    "/platform/numbers": _like(("POST", "/platform/numbers"), "/platform/numbers"),
    "/platform/numbers/buy": _like(("POST", "/platform/numbers/buy"), "/platform/numbers/buy"),
    "/platform/numbers/{number_id}/registration": _like(
        ("POST", "/platform/numbers/{id}/register"),
        f"{_NUMBER}/registration",
        {"kind": "channel_kind"},
        code_way="text",
    ),
    "/platform/numbers/{number_id}/code": _like(("POST", "/platform/numbers/{id}/code"), f"{_NUMBER}/code"),
    "/platform/numbers/{number_id}/give-up-registration": _like(
        ("POST", "/platform/numbers/{id}/give-up-registration"),
        f"{_NUMBER}/give-up-registration",
        {"kind": "channel_kind"},
    ),
    "/platform/numbers/{number_id}/forward": _like(
        ("POST", "/platform/numbers/{id}/release"), f"{_NUMBER}/forward", forward_to="+4930901820"
    ),
    "/platform/numbers/{number_id}/cost": _like(
        ("POST", "/platform/numbers/{id}/release"), f"{_NUMBER}/cost", amount="1.50", currency="EUR"
    ),
    "/platform/numbers/{number_id}/assign": _like(
        ("POST", "/platform/numbers/{id}/assign"), f"{_NUMBER}/assign", {"kind": "channel_kind"}
    ),
    "/platform/numbers/{number_id}/release": _like(("POST", "/platform/numbers/{id}/release"), f"{_NUMBER}/release"),
    "/platform/numbers/{number_id}/end-quarantine": _like(
        ("POST", "/platform/numbers/{id}/end-quarantine"), f"{_NUMBER}/end-quarantine"
    ),
    "/platform/numbers/{number_id}/reinstate": _like(
        ("POST", "/platform/numbers/{id}/reinstate"), f"{_NUMBER}/reinstate", {"kind": "channel_kind"}
    ),
    "/platform/numbers/{number_id}/return": _like(("POST", "/platform/numbers/{id}/return"), f"{_NUMBER}/return"),
    "/platform/accounts": _like(("POST", "/platform/provider-accounts/open"), "/platform/accounts"),
    "/platform/accounts/add": _like(("POST", "/platform/provider-accounts"), "/platform/accounts/add"),
    "/platform/accounts/{account_id}/portfolio": _like(
        ("PATCH", "/platform/provider-accounts/{id}"), f"{_ACCOUNT}/portfolio"
    ),
    "/platform/accounts/{account_id}/reinstate": _like(
        ("POST", "/platform/provider-accounts/{id}/reinstate"), f"{_ACCOUNT}/reinstate"
    ),
    "/platform/accounts/{account_id}/check": _like(
        ("POST", "/platform/provider-accounts/{id}/check"), f"{_ACCOUNT}/check"
    ),
}
