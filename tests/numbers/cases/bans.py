"""A customer whose number on WhatsApp is banned while its SMS goes on; a spare number of the pool; time that stands."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, update

from hub.db import accounts, ban_cases, ban_work, senders
from hub.db import tables as t
from hub.db.ban_cases import CaseRecord
from hub.db.session import PlatformWork, Tx
from hub.db.tables.core import ACCOUNT, AUDIT_ENTRY, BAN_EVENT, NUMBER, ORGANIZATION, SENDER
from hub.ids import new_id
from hub.numbers import cases
from hub.numbers.cases import acting
from hub.numbers.policy import happenings as h
from hub.numbers.policy.judging import forbidden
from hub.types import Level, Reach
from hub.types.bans import Act, Confidence, Judgement, RemedyKind, Signal, SignalSource
from hub.wiring import Services
from tests.api.conftest import Api
from tests.outbound.stage import Stage
from tests.world import Channel, Organization

OURS, SPARE = "+4930111111", "+4930222222"
SECRETS = ("AC0123456789abcdef", "WABA-7", "provider said no")
"""What no organization may ever see."""
_REMEDIES = (RemedyKind.APPEAL, RemedyKind.REPLACE)


def judgement(
    services: Services, level: Level = Level.BANNED, reach: Reach = Reach.SENDER, **changes: Any
) -> Judgement:
    """What a look found out: by default a ban of the sender alone, sure."""
    now = services.clock()
    said = Signal("twilio", SignalSource.SEND, "63112", now - timedelta(hours=1), text=SECRETS[2], recipient="somebody")
    found = Judgement(
        level, reach, Confidence.CONFIRMED, forbidden(level), now, "The messenger has banned the number",
        remedies=_REMEDIES, evidence=(said,),
    )  # fmt: skip
    return replace(found, **changes)


@dataclass
class Bans:
    """What the tests do and look at."""

    stage: Stage
    api: Api
    banned: Channel
    sms: Channel
    account_id: str
    numbers: dict[str, str]

    @property
    def services(self) -> Services:
        return self.stage.services

    @property
    def org(self) -> Organization:
        return self.stage.org

    @contextmanager
    def platform(self) -> Iterator[Tx]:
        with self.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
            yield tx

    def judge(self, found: Judgement | None = None, channel: Channel | None = None) -> str | None:
        """Let a look judge a sender, as the job does it."""
        found = found or judgement(self.services)
        with self.services.db.transaction(self.org.id) as tx:
            sender = senders.lock(tx, (channel or self.banned).sender_id)
            assert sender
            return cases.judged(self.services, tx, sender, found, self.services.clock())

    def work(self, case_id: str) -> None:
        cases.work(self.services, case_id)

    def offered(self) -> str:
        """A case with an offer."""
        case_id = self.judge()
        assert case_id
        self.work(case_id)
        assert self.state(case_id) == "offered"
        return case_id

    def happen(self, case_id: str, *happenings: h.Happening) -> None:
        with self.services.db.transaction(self.org.id) as tx:
            for each in happenings:
                acting.happen(self.services, tx, case_id, each, acting.HUB, self.services.clock())

    def record(self, case_id: str) -> CaseRecord:
        with self.services.db.reading(self.org.id) as tx:
            return ban_cases.get(tx, case_id)

    def state(self, case_id: str) -> str:
        return self.record(case_id).case.state

    def left(self, case_id: str) -> list[str]:
        with self.services.db.reading(self.org.id) as tx:
            return [each.effect for each in ban_work.list_open(tx, case_id)]

    def line(self, case_id: str) -> list[str]:
        """The timeline's happenings."""
        wanted = select(BAN_EVENT.c.happening).where(BAN_EVENT.c.case_id == case_id).order_by(BAN_EVENT.c.id)
        with self.platform() as tx:
            return [row.happening for row in tx.all(wanted)]

    def sender(self, channel: Channel) -> Any:
        with self.platform() as tx:
            return tx.execute(select(SENDER).where(SENDER.c.id == channel.sender_id)).one()

    def number(self, number: str) -> Any:
        with self.platform() as tx:
            return tx.execute(select(NUMBER).where(NUMBER.c.number == number)).one()

    def account(self) -> Any:
        with self.platform() as tx:
            return tx.execute(select(ACCOUNT).where(ACCOUNT.c.id == self.account_id)).one()

    def audited(self) -> list[str]:
        wanted = select(AUDIT_ENTRY.c.action).where(AUDIT_ENTRY.c.organization_id == self.org.id)
        with self.platform() as tx:
            return [row.action for row in tx.all(wanted.order_by(AUDIT_ENTRY.c.number))]

    def get(self, case_id: str) -> dict[str, Any]:
        answer = self.api.owner("GET", f"/bans/{case_id}")
        assert answer.status_code == 200, answer.text
        assert not [each for each in SECRETS if each in answer.text]
        shown: dict[str, Any] = answer.json()
        return shown

    def post(self, case_id: str, what: str, status: int = 200, **body: Any) -> dict[str, Any]:
        answer = self.api.owner("POST", f"/bans/{case_id}/{what}", json=body)
        assert answer.status_code == status, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    def wish(self, **wishes: Any) -> None:
        answer = self.api.owner("PATCH", "/organization", json={"bans": wishes})
        assert answer.status_code == 200, answer.text


def set_up(stage: Stage, api: Api, ours: str = OURS, spare: str | None = SPARE) -> Bans:
    """The customer, their account at the supplier, their number with both channels, and a spare one of the pool."""
    made = _account(stage)
    numbers = {ours: _number(stage, ours, made, lent=True)}
    if spare is not None:
        numbers[spare] = _number(stage, spare, made)
    # what a channel is made with has to differ; both live on the same number afterwards
    channels = [stage.channel("whatsapp", ours), stage.channel("sms", f"sms:{ours}")]
    on = {"number_id": numbers[ours], "provider_account_id": made}
    with stage.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        for each in channels:
            tx.execute(update(SENDER).where(SENDER.c.id == each.sender_id).values(**on, address=ours, name="Acme"))
    return Bans(stage, api, channels[0], channels[1], made, numbers)


def _account(stage: Stage) -> str:
    made = new_id()
    sealed = stage.services.vault.platform().seal_values({"auth_token": "t"}, accounts.SEALED)
    with stage.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        tx.execute(
            insert(t.ProviderAccount).values(
                id=made, provider="twilio", external_id=f"{SECRETS[0]}-{made}", name="Acme", credentials=sealed,
                state="active", organization_id=stage.org.id, business_id=f"{SECRETS[1]}-{made}", portfolio="verified",
                created_at=stage.services.clock(),
            )
        )  # fmt: skip
    return made


def _number(stage: Stage, number: str, account_id: str, *, lent: bool = False) -> str:
    made = new_id()
    with stage.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        tx.execute(
            insert(t.Number).values(
                id=made, number=number, capabilities=["sms", "whatsapp"], provider_account_id=account_id,
                organization_id=stage.org.id if lent else None, state="lent" if lent else "owned", country="DE",
                created_at=stage.services.clock(),
            )
        )  # fmt: skip
    return made


def held_acts(bans: Bans, channel: Channel) -> set[Act]:
    return {Act(each) for each in bans.sender(channel).forbids}


def notices_of(bans: Bans) -> int:
    with bans.platform() as tx:
        return int(tx.scalar(select(ORGANIZATION.c.notice_number).where(ORGANIZATION.c.id == bans.org.id)))
