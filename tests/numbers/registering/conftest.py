"""A hub whose supplier is the sandbox, and whose webhooks the sandbox reaches: codes come by themselves."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
import uvicorn
from pydantic import SecretStr

from hub.channels.numbers import CodeWay
from hub.db import accounts, registrations, senders, stock
from hub.db.registrations import RegistrationRecord
from hub.db.session import PlatformWork
from hub.db.stock import StockRecord
from hub.numbers.supply import opening, owned
from hub.numbers.supply.advancing import advance
from hub.numbers.supply.lending import Assignment, assign_number
from hub.numbers.supply.opening import NewSubAccount
from hub.numbers.supply.owned import NewNumber
from hub.numbers.supply.registering import NewRegistration, register
from hub.numbers.supply.views import NumberView
from hub.sandbox import app, seeds
from hub.sandbox.world import Place
from hub.sandbox.world import World as Providers
from hub.settings import Settings
from hub.types import Actor, Role
from hub.types.numbers import RegistrationState
from hub.web.app import create_app
from hub.wiring import Services, build
from tests.numbers.registering.banned import Banned
from tests.provisioning.conftest import URLS
from tests.sandbox.world import free_port, until
from tests.world import Organization, World

SPEED = 20


@dataclass(frozen=True)
class Supplier:
    """The sandbox: its address, and what it knows."""

    url: str
    providers: Providers

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = httpx.post(f"{self.url}{path}", json=body)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def fault(self, op: str, fault: str, times: int = 1) -> None:
        self.post("/control/faults", {"provider": "twilio", "op": op, "fault": fault, "times": times})

    def code_of(self, number: str) -> str:
        """The code that is on its way to a number, as whoever hears the call knows it."""
        return str(until(lambda: self.providers.provisioned.codes.get(number))["code"])

    def senders(self, number: str) -> list[dict[str, Any]]:
        return [each for each in self.providers.senders.values() if each["sender_id"].endswith(number)]

    def registrations(self, number: str) -> int:
        return len(self.providers.provisioned.registrations.get(number, []))


@pytest.fixture(scope="session")
def supplier_server() -> Iterator[Supplier]:
    place = Place(port=free_port(), smtp_port=free_port(), speed=SPEED)
    providers = Providers(place)
    built = app.build(providers, None, lambda: False)
    with _served(built, place.host, place.port):
        yield Supplier(f"http://{place.host}:{place.port}", providers)


@pytest.fixture
def supplier(supplier_server: Supplier) -> Supplier:
    """The sandbox, fresh."""
    httpx.post(f"{supplier_server.url}/control/reset").raise_for_status()
    return supplier_server


@pytest.fixture
def services(settings: Settings, supplier: Supplier) -> Iterator[Services]:
    """A hub that is served where its supplier finds it."""
    port = free_port()
    changed = settings.model_copy(
        update={
            **dict.fromkeys(URLS, supplier.url),
            "public_url": f"http://127.0.0.1:{port}",
            "twilio_account_sid": seeds.ACCOUNT_SID,
            "twilio_auth_token": SecretStr(seeds.ACCOUNT_TOKEN),
        }
    )
    built = build(changed)
    built.queue.redis.flushdb()
    with _served(create_app(built), "127.0.0.1", port):
        yield built
    built.db.dispose()
    built.queue.close()


class _served:  # noqa: N801 - reads as what it does
    """An application on loopback for as long as the block runs."""

    def __init__(self, served: Any, host: str, port: int) -> None:
        config = uvicorn.Config(served, host=host, port=port, log_level="warning", ws="none", lifespan="on")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()
        deadline = time.monotonic() + 15
        while not self._server.started:
            assert time.monotonic() < deadline, "it did not start"
            time.sleep(0.01)

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(15)


@pytest.fixture
def rival(world: World) -> Organization:
    return world.organization("Rival")


@pytest.fixture
def platform(org: Organization) -> Actor:
    return Actor(org.id, org.actor.user_id, "Petra Platform", Role.OWNER, platform_admin=True)


class Desk:
    """A platform admin's desk: numbers of the pool, an organization's account, and registrations that go on."""

    def __init__(self, services: Services, supplier: Supplier, platform: Actor) -> None:
        self.services, self.supplier, self.platform = services, supplier, platform

    def bought(self, country: str = "US") -> NumberView:
        """A number that the parent account has, registered with the hub."""
        auth = (seeds.ACCOUNT_SID, seeds.ACCOUNT_TOKEN)
        root = f"{self.supplier.url}/2010-04-01/Accounts/{seeds.ACCOUNT_SID}"
        found = httpx.get(f"{root}/AvailablePhoneNumbers/{country}/Local.json", auth=auth).json()
        number = found["available_phone_numbers"][0]["phone_number"]
        made = httpx.post(f"{root}/IncomingPhoneNumbers.json", data={"PhoneNumber": number}, auth=auth)
        assert made.status_code == 201, made.text
        return owned.register_number(self.services, self.platform, NewNumber(number, ("sms", "whatsapp")))

    def account(self, org: Organization, *, signed_up: bool = True) -> str:
        """The organization's sub-account, with a business account of its own."""
        made = opening.open_account(self.services, self.platform, NewSubAccount(org.id, "Bakery"))
        if signed_up:
            number = f"+4915200000{int(made.id[-3:], 36) % 1000:03d}"
            wanted = {"number": number, "name": "Bakery", "business_name": "Bakery", "verified": True}
            said = self.supplier.post("/control/embedded_signup", wanted)
            with self.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
                accounts.set_business(tx, made.id, said["business_id"], said["portfolio_id"])
                accounts.set_portfolio(tx, made.id, "verified")
        return made.id

    def begun(self, org: Organization, number_id: str, code_way: CodeWay = CodeWay.TEXT) -> RegistrationRecord:
        new = NewRegistration(org.id, "whatsapp", "Bakery", code_way)
        return self.registration(register(self.services, self.platform, number_id, new).id)

    def registration(self, registration_id: str) -> RegistrationRecord:
        with self.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
            return registrations.get(tx, registration_id)

    def views(self, number_id: str) -> tuple[RegistrationRecord, ...]:
        """The registrations of a number that stand."""
        with self.services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
            return registrations.list_of_numbers(tx, [number_id])

    def number(self, number_id: str) -> StockRecord:
        with self.services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
            return stock.get(tx, number_id)

    def hurry(self, registration_id: str) -> RegistrationRecord:
        """Let a registration go on at once, as the clock would soon."""
        with self.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
            registrations.change(tx, registration_id, {"due_at": self.services.clock()})
        advance(self.services, registration_id)
        return self.registration(registration_id)

    def let_all_go_on(self) -> None:
        """Let every registration go on at once."""
        with self.services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
            waiting = registrations.list_due(tx, self.services.clock() + timedelta(days=9), 10)
        for each in waiting:
            self.hurry(each)

    def until(self, registration_id: str, state: RegistrationState) -> RegistrationRecord:
        """Let it go on until it stands there."""
        found: RegistrationRecord = until(lambda: self._if_in(self.hurry(registration_id), state))
        return found

    def _if_in(self, found: RegistrationRecord, state: RegistrationState) -> RegistrationRecord | None:
        return found if found.state is state else None


@pytest.fixture
def desk(services: Services, supplier: Supplier, platform: Actor) -> Desk:
    return Desk(services, supplier, platform)


@pytest.fixture
def banned(desk: Desk, org: Organization) -> Banned:
    """A WhatsApp channel of the organization on a number of its own account, banned; nothing is accepted yet."""
    desk.account(org)
    number = desk.bought()
    desk.until(desk.begun(org, number.id).id, RegistrationState.ONLINE)
    lent = assign_number(desk.services, desk.platform, number.id, Assignment(org.id, "whatsapp", "Ours", org.group_id))
    (on,) = lent.channels
    with desk.services.db.reading(org.id) as tx:
        sender_id = senders.current_sender_id(tx, on.id)
    assert sender_id
    return Banned(desk, org, on.id, sender_id, number.id)
