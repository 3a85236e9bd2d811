"""Another organization on a running hub: its numbers, provided by the platform, and the ban of one of them."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

import httpx
from sqlalchemy import update

from hub.db.tables.core import ACCOUNT, NUMBER, REGISTRATION, SENDER
from tests.rig import Rig, until

WHATSAPP, SMS = "whatsapp", "sms"
ACCEPTANCE: Final = {"cause": "too many complaints", "appeal": "waived", "reason": "the customer wants to go on today"}
_PLATFORM_NUMBERS: Final = "/api/v1/platform/numbers"
_AGAIN: Final = (409, 429, 502, 503)
"""Answers of a hub that was killed in the middle, or in which somebody else does the same at this moment."""
_BY_CLOCK: Final = (("asking", "workers.numbers.settle"), ("upkeep", "workers.numbers.tick"))
"""What finds an order or a registration that a process left behind; by the clock half a minute later."""
_CODE: Final = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")
T = TypeVar("T")


def insist(rig: Rig, path: str, body: object, is_done: Callable[[], T | None], seconds: float = 240) -> T:
    """Ask until it is done, whoever is killed before they can say so; return what shows that it is."""

    def attempt() -> T | None:
        try:
            answer = rig.api.post(path, json=body)
        except httpx.TransportError:
            return None
        assert answer.status_code < 400 or answer.status_code in _AGAIN, f"{path}: {answer.text}"
        return is_done()

    return is_done() or until(f"POST {path}", attempt, seconds)


def end_waiting(rig: Rig) -> None:
    """What a process that died had taken for itself is free at once: half a minute to half an hour later otherwise."""
    now = datetime.now(UTC)
    rig.write(update(NUMBER).where(NUMBER.c.state == "ordered").values(ordered_at=now - timedelta(minutes=31)))
    rig.write(update(REGISTRATION).where(REGISTRATION.c.due_at.is_not(None)).values(due_at=now))
    rig.write(update(SENDER).where(SENDER.c.look_at.is_not(None)).values(look_at=now))
    for queue, job in _BY_CLOCK:
        rig.wake(queue, job)


# --- numbers ----------------------------------------------------------------------------------------------


def signed_up(rig: Rig, customer: Rig) -> None:
    """Open the organization's sub-account; the customer signs up with the messenger."""
    path = "/api/v1/platform/provider-accounts"

    def opened() -> dict[str, Any] | None:
        mine = [each for each in rig.get(f"{path}?limit=200")["items"] if _is_of(each, customer)]
        return next((each for each in mine if each["state"] == "active"), None)

    account = insist(rig, f"{path}/open", {"organization_id": customer.organization_id}, opened)
    made = sign_up(rig, customer)
    known = {"business_id": made["business_id"], "portfolio_id": made["portfolio_id"]}
    rig.write(update(ACCOUNT).where(ACCOUNT.c.id == account["id"]).values(known))
    rig.request("PATCH", f"{path}/{account['id']}", {"portfolio": "verified"})


def sign_up(rig: Rig, customer: Rig) -> dict[str, str]:
    """Go through the messenger's own sign-up as the customer would."""
    number = f"+491520{int(customer.organization_id[-5:], 36) % 10**8:08d}"
    wanted = {"number": number, "name": "Bakery", "business_name": customer.organization_id, "verified": True}
    answer = rig.sandbox.post("/control/embedded_signup", json=wanted)
    answer.raise_for_status()
    made: dict[str, str] = answer.json()
    return made


def bought(rig: Rig, customer: Rig | None = None) -> str:
    """Buy a number that is for sale, for a customer or for the pool; return its id."""
    wanted = {"country": "US", "kind": "local", "capabilities": [SMS, WHATSAPP], "limit": 1}
    number = rig.post(f"{_PLATFORM_NUMBERS}/search", wanted)["items"][0]["number"]

    def owned() -> dict[str, Any] | None:
        found = number_called(rig, number)
        return found if found and found["state"] == "owned" else None

    whose = customer.organization_id if customer else None
    order = {"number": number, "country": "US", "kind": "local", "organization_id": whose}
    return str(insist(rig, f"{_PLATFORM_NUMBERS}/buy", order, owned)["id"])


def registered(rig: Rig, customer: Rig, number_id: str) -> None:
    """Make a number a sender of WhatsApp; its code comes to the hub by itself."""
    path = f"{_PLATFORM_NUMBERS}/{number_id}"
    wanted = {"organization_id": customer.organization_id, "kind": WHATSAPP, "display_name": "Bakery"}
    insist(rig, f"{path}/register", wanted, lambda: rig.get(path)["registrations"])

    def online() -> bool:
        [found] = rig.get(path)["registrations"]
        assert found["state"] not in ("failed", "removed", "offline"), found
        return bool(found["state"] == "online")

    until("the number to be a sender", online, 240)


def lent(rig: Rig, customer: Rig, number_id: str, kind: str, name: str) -> None:
    """Lend a number as a channel. The customer calls it `name` from then on."""
    path = f"{_PLATFORM_NUMBERS}/{number_id}"

    def channel() -> dict[str, Any] | None:
        return next((each for each in rig.get(path)["channels"] if each["kind"] == kind), None)

    to = {"organization_id": customer.organization_id, "kind": kind, "name": name, "group_id": customer.group_id}
    made = insist(rig, f"{path}/assign", to, channel)
    customer.channels[name], customer.addresses[name] = made["id"], rig.get(path)["number"]


def returned(rig: Rig, number: str) -> None:
    """Give a number back that nobody has."""
    path = f"{_PLATFORM_NUMBERS}/{(number_called(rig, number) or {})['id']}"
    insist(rig, f"{path}/return", {"reason": "nobody knows it"}, lambda: rig.get(path)["state"] == "returned" or None)


def number_called(rig: Rig, number: str) -> dict[str, Any] | None:
    """The platform's number of this name."""
    items = rig.get(f"{_PLATFORM_NUMBERS}?limit=200")["items"]
    return next((each for each in items if each["number"] == number), None)


def owned_at_supplier(rig: Rig) -> set[str]:
    """Every number that the supplier has sold to the platform, whichever of its accounts it is in."""
    parent, token = rig.seeds["twilio"]["account_sid"], rig.seeds["twilio"]["auth_token"]
    listed = rig.sandbox.get("/2010-04-01/Accounts.json?PageSize=1000", auth=(parent, token)).json()["accounts"]
    found: list[str] = []
    for account in listed:
        path = f"/2010-04-01/Accounts/{account['sid']}/IncomingPhoneNumbers.json?PageSize=1000"
        answer = rig.sandbox.get(path, auth=(parent, token))
        answer.raise_for_status()
        found += [each["phone_number"] for each in answer.json()["incoming_phone_numbers"]]
    assert len(found) == len(set(found)), "one number was sold twice"
    return set(found)


def _is_of(account: dict[str, Any], customer: Rig) -> bool:
    return bool((account["organization"] or {}).get("id") == customer.organization_id)


# --- people -----------------------------------------------------------------------------------------------


def write_many(customer: Rig, kind: str, name: str, texts: dict[str, str]) -> None:
    """People write to a channel: person → what."""
    to = customer.addresses[name]
    batch = [{"channel": kind, "person": each, "text": text, "to": to, "name": each} for each, text in texts.items()]
    customer.sandbox.post("/control/customer/send_many", json=batch, timeout=60).raise_for_status()


def talks(customer: Rig, name: str) -> list[dict[str, Any]]:
    """Every conversation of a channel."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = customer.get(f"/api/v1/conversations?channel={customer.channels[name]}&limit=100{cursor}")
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


def talk_of(customer: Rig, name: str, words: str) -> dict[str, Any]:
    """The conversation of a channel in which these words were said."""
    query = f"/api/v1/conversations?channel={customer.channels[name]}&q={words}"

    def talk() -> dict[str, Any] | None:
        return next(iter(customer.get(query)["items"]), None)

    return until(f"a conversation about {words}", talk, 90)


def consent(customer: Rig, contact_id: str, identity_id: str) -> None:
    """The person agreed to be invited at an address."""
    said = {"identity_id": identity_id, "purpose": "invitation", "source": "the form of the shop"}
    customer.post(f"/api/v1/contacts/{contact_id}/consents", said)


def consent_by_text(customer: Rig, contact_id: str) -> None:
    """The contact agreed to be invited by a text."""
    known = customer.get(f"/api/v1/contacts/{contact_id}")["identities"]
    consent(customer, contact_id, next(each["id"] for each in known if each["kind"] == SMS))


def code_in(text: str) -> str:
    """The code of an invitation."""
    found = _CODE.search(text)
    assert found, text
    return found.group()


def arrived(customer: Rig, kind: str, person: str, endpoint: str) -> list[str]:
    """What a person received from one of our numbers."""
    return [each["text"] for each in customer.outbox(kind, person) if each["endpoint"] == endpoint]


# --- the ban ----------------------------------------------------------------------------------------------


def strike(customer: Rig, name: str) -> dict[str, Any]:
    """The messenger bans the number of a channel."""
    order = {"channel": WHATSAPP, "level": "banned", "to": customer.addresses[name]}
    answer = customer.sandbox.post("/control/bans", json=order)
    answer.raise_for_status()
    made: dict[str, Any] = answer.json()
    return made


def case_of(customer: Rig) -> dict[str, Any] | None:
    """The newest ban of the organization, with its timeline."""
    found = customer.get("/api/v1/bans?limit=1")["items"]
    return customer.get(f"/api/v1/bans/{found[0]['id']}") if found else None


def case_in(customer: Rig, *states: str, seconds: float = 120) -> dict[str, Any]:
    """Wait until the ban stands in one of these states; return it."""

    def found() -> dict[str, Any] | None:
        case = case_of(customer)
        return case if case and case["state"] in states else None

    return until(f"a ban that is {' or '.join(states)}", found, seconds)


def accepted(customer: Rig, case_id: str) -> None:
    """An admin accepts the offer."""
    path = f"/api/v1/bans/{case_id}"
    insist(customer, f"{path}/accept", ACCEPTANCE, lambda: customer.get(path)["state"] in _AFTER)


_AFTER: Final = ("accepted", "replacing", "recruiting", "closed")


def people_of(customer: Rig, case_id: str) -> list[dict[str, Any]]:
    """The ledger."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = customer.get(f"/api/v1/bans/{case_id}/recipients?limit=200{cursor}")
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


def check_sum(case: dict[str, Any]) -> None:
    """The progress adds up."""
    counted, counts = case["progress"], Counter(case["progress"]["counts"])
    gone = counts["opted_out"] + counts["erased"]
    assert counted["total"] == sum(counts.values()), counted
    assert counted["winnable"] == counted["total"] - gone, counted
    assert counted["left"] == counted["winnable"] - counts["verified"], counted
