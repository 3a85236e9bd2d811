"""A supplier of numbers in memory: sub-accounts, numbers, senders that become online, and answers that are lost."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import count
from typing import Any, ClassVar, TypeVar

from hub.channels.numbers import (
    Ability,
    AccountState,
    AddressNeed,
    NumberForSale,
    NumberProvider,
    NumberSearch,
    Order,
    OwnedNumber,
    Papers,
    RegisteredSender,
    Registration,
)
from hub.channels.twilio.form import read
from hub.errors import Conflict, Invalid, NotFound, Unavailable
from hub.types import ProviderAccount, Secret
from hub.types.numbers import RegistrationState as S
from tests.numbers.playing.paperwork import NoPaperwork

PARENT, PARENT_TOKEN = "AC" + "0" * 31 + "1", "twilio-token-for-tests"
CODE = "123456"
_ALL = frozenset({Ability.SMS, Ability.VOICE})
_ON = {S.VERIFYING: S.IN_REVIEW, S.IN_REVIEW: S.ONLINE}
"""How far a sender comes between two looks, once its code is in."""
T = TypeVar("T")


class Mishap(StrEnum):
    """What becomes of a call. LOST: it is done, and nobody hears of it; AWAY: nothing is done; REFUSED: nor ever."""

    LOST = "lost"
    AWAY = "away"
    REFUSED = "refused"


@dataclass
class _Owned:
    number: str
    account: str
    external_id: str
    number_id: str
    pointed: bool = False


@dataclass
class MemorySupplier(NoPaperwork, NumberProvider):
    """`mishaps`: what becomes of the next calls that make, move or give back something."""

    provider: ClassVar[str] = "twilio"
    currency: ClassVar[str] = "USD"
    for_sale: list[str] = field(default_factory=list)
    mishaps: deque[Mishap] = field(default_factory=deque)
    tokens: dict[str, str] = field(default_factory=lambda: {PARENT: PARENT_TOKEN})
    names: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, _Owned] = field(default_factory=dict)
    senders: dict[str, tuple[str, RegisteredSender]] = field(default_factory=dict)
    sold: list[str] = field(default_factory=list)
    _ids: Iterator[int] = field(default_factory=lambda: count(100))

    def external_id(self, prefix: str) -> str:
        return f"{prefix}{next(self._ids):032x}"

    def holder(self, number: str) -> tuple[str, str]:
        """The account that has a number, and the token that its webhooks are signed with."""
        account = self.numbers[number].account if number in self.numbers else PARENT
        return account, self.tokens[account]

    def _happens(self, do: Callable[[], T]) -> T:
        mishap = self.mishaps.popleft() if self.mishaps else None
        if mishap is Mishap.REFUSED:
            raise Conflict("the supplier refuses")
        if mishap is Mishap.AWAY:
            raise Unavailable("the supplier does not answer")
        done = do()
        if mishap is Mishap.LOST:
            raise Unavailable("the supplier's answer was lost")
        return done

    def open(self) -> AbstractAsyncContextManager[None]:
        return nullcontext()

    # --- numbers -----------------------------------------------------------------------------------------

    async def search(self, account: ProviderAccount, wanted: NumberSearch) -> list[NumberForSale]:  # noqa: ARG002
        left = [each for each in self.for_sale if each not in self.numbers and wanted.pattern in each]
        return [NumberForSale(each, wanted.country, wanted.kind, _ALL, AddressNeed.NONE) for each in left]

    async def buy(self, account: ProviderAccount, order: Order) -> OwnedNumber:
        def sell() -> OwnedNumber:
            if order.number in self.numbers:
                raise Conflict("the number is sold")
            self.sold.append(order.number_id)
            owned = _Owned(order.number, account.external_id, self.external_id("PN"), order.number_id)
            self.numbers[order.number] = owned
            return _shown(owned)

        return self._happens(sell)

    async def find_bought(self, account: ProviderAccount, number_id: str) -> OwnedNumber | None:
        return next((each for each in await self.list_numbers(account) if each.number_id == number_id), None)

    async def find_number(self, account: ProviderAccount, number: str) -> OwnedNumber | None:
        return next((each for each in await self.list_numbers(account) if each.number == number), None)

    async def list_numbers(self, account: ProviderAccount) -> list[OwnedNumber]:
        return [_shown(each) for each in self.numbers.values() if each.account == account.external_id]

    async def point(self, account: ProviderAccount, external_id: str, calls_url: str = "") -> None:  # noqa: ARG002
        self._own(account, external_id).pointed = True

    async def move(
        self,
        account: ProviderAccount,  # noqa: ARG002
        external_id: str,
        start: ProviderAccount,
        to: ProviderAccount,
        papers: Papers,  # noqa: ARG002
    ) -> None:
        def hand_over() -> None:
            self._own(start, external_id).account = to.external_id

        self._happens(hand_over)

    async def release(self, account: ProviderAccount, external_id: str) -> None:
        def give_back() -> None:
            mine = (key for key, each in self.numbers.items() if each.external_id == external_id)
            for number in list(mine):
                assert self.numbers[number].account == account.external_id
                del self.numbers[number]

        self._happens(give_back)

    def _own(self, account: ProviderAccount, external_id: str) -> _Owned:
        for each in self.numbers.values():
            if (each.account, each.external_id) == (account.external_id, external_id):
                return each
        raise NotFound("the account has no such number")

    # --- accounts ----------------------------------------------------------------------------------------

    async def create_account(self, account: ProviderAccount, account_id: str) -> ProviderAccount:  # noqa: ARG002
        external_id = self.external_id("AC")
        self.tokens[external_id], self.names[account_id] = f"token-{external_id}", external_id
        return self._account(account_id)

    async def find_account(self, account: ProviderAccount, account_id: str) -> ProviderAccount | None:  # noqa: ARG002
        return self._account(account_id) if account_id in self.names else None

    def _account(self, account_id: str) -> ProviderAccount:
        external_id = self.names[account_id]
        return ProviderAccount(account_id, external_id, {"auth_token": Secret(self.tokens[external_id])})

    async def fetch_account_state(self, account: ProviderAccount, external_id: str) -> AccountState:  # noqa: ARG002
        return AccountState.ACTIVE

    # --- senders -----------------------------------------------------------------------------------------

    async def register_sender(self, account: ProviderAccount, wanted: Registration) -> RegisteredSender:
        def register() -> RegisteredSender:
            if wanted.number in self.senders:
                raise Conflict("the number is a sender already")
            made = RegisteredSender(self.external_id("XE"), wanted.number, wanted.name, wanted.business_id, S.SUBMITTED)
            self.senders[wanted.number] = account.external_id, made
            return made

        return self._happens(register)

    async def hand_in_code(self, account: ProviderAccount, external_id: str, code: str) -> RegisteredSender:
        sender = self._sender(account, external_id)
        if sender.state is not S.CODE_NEEDED:
            raise Conflict("no code is waited for")
        if code != CODE:
            raise Invalid("the code is wrong")
        return self._happens(lambda: self._put(replace(sender, state=S.VERIFYING)))

    async def fetch_sender(self, account: ProviderAccount, external_id: str) -> RegisteredSender:
        return self._sender(account, external_id)

    async def find_sender(self, account: ProviderAccount, number: str) -> RegisteredSender | None:
        return next((each for each in await self.list_senders(account) if each.number == number), None)

    async def list_senders(self, account: ProviderAccount) -> list[RegisteredSender]:
        return [each for whose, each in self.senders.values() if whose == account.external_id]

    def read_text(self, body: bytes) -> str:
        return read(body).fields.get("Body", "")

    async def delete_sender(self, account: ProviderAccount, external_id: str) -> None:
        def delete() -> None:
            for number, (whose, sender) in list(self.senders.items()):
                if (whose, sender.external_id) == (account.external_id, external_id):
                    del self.senders[number]

        self._happens(delete)

    def go_on(self) -> list[str]:
        """Let every sender go on by itself; return the numbers to which a code is on its way now."""
        asked = []
        for _, sender in list(self.senders.values()):
            if sender.state is S.SUBMITTED:
                self._put(replace(sender, state=S.CODE_NEEDED))
                asked.append(sender.number)
            elif sender.state in _ON:
                self._put(replace(sender, state=_ON[sender.state]))
        return asked

    def change(self, number: str, state: S) -> None:
        """Let a messenger change a sender that is there, as far as it is one at all."""
        known = self.senders.get(number)
        if known is not None and known[1].state in (S.ONLINE, S.OFFLINE, S.UPDATING):
            self._put(replace(known[1], state=state))

    def _put(self, sender: RegisteredSender) -> RegisteredSender:
        self.senders[sender.number] = self.senders[sender.number][0], sender
        return sender

    def _sender(self, account: ProviderAccount, external_id: str) -> RegisteredSender:
        for whose, sender in self.senders.values():
            if (whose, sender.external_id) == (account.external_id, external_id):
                return sender
        raise NotFound("the account has no such sender")


def _shown(owned: _Owned) -> OwnedNumber:
    return OwnedNumber(owned.external_id, owned.number, owned.number_id, _ALL, owned.pointed)


def suppliers(one: MemorySupplier) -> Any:
    """As `Services.suppliers` has them."""
    return {one.provider: one}
