"""A ban is told by a callback or felt by a send, and confirmed by a look with the real adapters at the sandbox."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import anyio
import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import update

from hub.db.session import PlatformWork
from hub.db.tables.core import ACCOUNT, BAN_CASE, SENDER
from hub.inbound import drain
from hub.outbound import deliver
from hub.outbound.submit import Reply, submit
from hub.sandbox import seeds
from hub.sandbox.signing import twilio_signature
from hub.types import Level, Reach
from hub.types.bans import RemedyKind
from hub.wiring import Services, build
from tests.fixtures.email.smtp_wire import CLOSE, ScriptedRelay
from tests.line import (
    conversations_of,
    post_meta,
    post_telegram,
    post_twilio,
    telegram_update,
    thread_of,
    webhooks,
)
from tests.numbers.health_sandbox.test_bans import BOT, NUMBER, PAGE, Watch
from tests.provisioning.conftest import Sandbox

STATUS = "https://hub.example.com/webhooks/twilio/status"
WRITER = "whatsapp:+4915254599371"
APPEAL = {RemedyKind.APPEAL, RemedyKind.REPLACE}
Post = Callable[[httpx.AsyncClient], Any]


class Told(Watch):
    """A channel whose provider calls the hub."""

    def __init__(self, services: Services, kind: str, sandbox: Sandbox) -> None:
        super().__init__(services, kind)
        self.sandbox = sandbox
        self.run(400)

    def ban(self, **ban: str) -> None:
        httpx.post(f"{self.sandbox.url}/control/bans", json=ban).raise_for_status()

    def call(self, post: Post) -> None:
        """The provider calls, and what it said is handled."""

        async def called() -> int:
            async with webhooks(self.services) as client:
                answer = await post(client)
                return int(answer.status_code)

        assert anyio.run(called) in (200, 204)
        drain.drain(self.services, self.channel.sender_id)

    def answered(self) -> str:
        """Somebody has written; answer them, and return the provider's id of the answer, "" when it took none."""
        [conversation] = conversations_of(self.services, self.org.operator)
        submit(self.services, self.org.operator, conversation.id, Reply("Good morning"))
        deliver.drain(self.services, self.channel.sender_id)
        return thread_of(self.services, self.org.operator, conversation)[-1].external_id or ""

    def found(self, within: float) -> tuple[str, str, set[str]]:
        """Return level, reach and remedies of the case that is confirmed after so many seconds at most."""
        self.run(within)
        case = self.row(BAN_CASE, BAN_CASE.c.sender_id)
        assert case is not None
        assert case.confirmed_at is not None
        return case.level, case.reach, {each["kind"] for each in case.remedies}

    @property
    def hold(self) -> str | None:
        return self.row(SENDER, SENDER.c.id).hold  # type: ignore[no-any-return]


def sms_like(**fields: str) -> dict[str, str]:
    account = {"AccountSid": seeds.ACCOUNT_SID, "ApiVersion": "2010-04-01"}
    return account | fields


def status(fields: Mapping[str, str]) -> Post:
    signature = twilio_signature(seeds.ACCOUNT_TOKEN, STATUS, fields.items())
    headers = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature}
    return lambda client: client.post("/webhooks/twilio/status", content=urlencode(fields), headers=headers)


def wrote_on_whatsapp() -> Post:
    fields = sms_like(
        MessageSid="SM" + "1" * 32, SmsStatus="received", From=WRITER, To=f"whatsapp:{NUMBER}", Body="Hi", NumMedia="0"
    )
    return lambda client: post_twilio(client, fields, seeds.ACCOUNT_TOKEN)


def business_of(sandbox: Sandbox) -> str:
    sender = next(each for each in sandbox.providers.senders.values() if each["sender_id"] == f"whatsapp:{NUMBER}")
    return str(sender["configuration"]["waba_id"])


def test_a_failed_message_with_63112_is_a_ban_of_the_business_account(services: Services, sandbox: Sandbox) -> None:
    told = Told(services, "whatsapp", sandbox)
    wrote = {"channel": "whatsapp", "person": "wanda", "text": "Hi", "to": NUMBER}
    httpx.post(f"{sandbox.url}/control/customer/send", json=wrote).raise_for_status()
    told.call(wrote_on_whatsapp())
    told.ban(channel="whatsapp", level="banned", reach="business_account")
    answer = told.answered()
    assert answer.startswith("SM")
    fields = sms_like(
        MessageSid=answer, MessageStatus="failed", From=f"whatsapp:{NUMBER}", To=WRITER, ErrorCode="63112",
        ChannelStatusMessage="131031 Account has been locked",
    )  # fmt: skip
    told.call(status(fields))
    assert told.hold == "banned"
    assert told.found(within=35) == (Level.BANNED, Reach.BUSINESS_ACCOUNT, APPEAL)


@pytest.mark.parametrize(
    ("ban", "value", "expected"),
    [
        (
            {"level": "banned", "reach": "business_account"},
            {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": ["DISABLE"]}},
            (Level.BANNED, Reach.BUSINESS_ACCOUNT, APPEAL),
        ),
        (
            {},
            {
                "event": "ACCOUNT_RESTRICTION",
                "restriction_info": [
                    {"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": "1790000000"}
                ],
            },
            None,
        ),
        (
            {},
            {
                "event": "ACCOUNT_RESTRICTION",
                "restriction_info": [
                    {"restriction_type": "RESTRICTED_CUSTOMER_INITIATED_MESSAGING", "expiration": "1900000000"}
                ],
            },
            (Level.RESTRICTED, Reach.BUSINESS_ACCOUNT, {RemedyKind.WAIT, RemedyKind.APPEAL}),
        ),
    ],
    ids=["disabled", "a restriction that is over", "no answers"],
)
def test_metas_word_on_a_business_account(
    services: Services,
    sandbox: Sandbox,
    ban: dict[str, str],
    value: dict[str, Any],
    expected: tuple[str, str, set[str]] | None,
) -> None:
    told, business = Told(services, "whatsapp", sandbox), business_of(sandbox)
    with told.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        tx.execute(update(ACCOUNT).values(business_id=business))
    if ban:
        told.ban(channel="whatsapp", **ban)
    change = {"field": "account_update", "value": value}
    notice = {"object": "whatsapp_business_account", "entry": [{"id": business, "time": 1, "changes": [change]}]}
    told.call(lambda client: post_meta(client, notice, seeds.APP_SECRET))
    if expected is None:
        told.run(35)
        assert told.row(BAN_CASE, BAN_CASE.c.sender_id) is None
        return
    assert told.found(within=35) == expected


def test_a_send_that_telegram_answers_with_401_is_credentials_once_nobody_mended_them(
    services: Services, sandbox: Sandbox
) -> None:
    told = Told(services, "telegram", sandbox)
    told.call(lambda client: post_telegram(client, told.channel, telegram_update(1, "Hi", person=710000001)))
    told.ban(channel="telegram", level="banned", reach="sender", to=str(BOT.id))
    assert told.answered() == ""
    assert told.hold == "credentials"
    told.run(300)
    assert told.row(BAN_CASE, BAN_CASE.c.sender_id) is None
    remedies = {RemedyKind.MEND_CREDENTIALS, RemedyKind.REPLACE}
    assert told.found(within=700) == (Level.CREDENTIALS, Reach.SENDER, remedies)


def test_metas_block_of_a_page_is_a_ban_of_the_page(services: Services, sandbox: Sandbox) -> None:
    told = Told(services, "facebook", sandbox)
    told.ban(channel="facebook", level="banned", reach="sender", to=PAGE.id)
    block = {"recipient": {"id": PAGE.id}, "timestamp": 1_790_000_000_000,
             "policy_enforcement": {"action": "block", "reason": "The bot violated our Platform Policies"}}  # fmt: skip
    told.call(lambda client: post_meta(client, _of_page(block), seeds.APP_SECRET))
    assert told.hold == "banned"
    assert told.found(within=35) == (Level.BANNED, Reach.SENDER, APPEAL)


def test_one_368_is_a_suspicion_that_lets_answers_go(services: Services, sandbox: Sandbox) -> None:
    told = Told(services, "facebook", sandbox)
    played = {"channel": "facebook", "person": "felix", "text": "Hi", "to": PAGE.id}
    felix = httpx.post(f"{sandbox.url}/control/customer/send", json=played).json()["address"]
    item = {"sender": {"id": felix}, "recipient": {"id": PAGE.id}, "message": {"mid": "m_1", "text": "Hi"}}
    item["timestamp"] = int(told.clock.now.timestamp() * 1000)
    told.call(lambda client: post_meta(client, _of_page(item), seeds.APP_SECRET))
    told.ban(channel="facebook", level="banned", reach="sender", to=PAGE.id)
    assert told.answered() == ""
    told.run(35)
    case = told.row(BAN_CASE, BAN_CASE.c.sender_id)
    assert (case.state, case.level, case.reach) == ("suspected", "restricted", "sender")
    assert (told.hold, told.row(SENDER, SENDER.c.id).forbids) == (None, ["unasked"])


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        ({"AUTH": "535 5.7.8 no"}, ("credentials", "provider_account", {"mend_credentials", "replace"})),
        ({"NOOP": "554 5.7.1 Account is disabled"}, ("account", "provider_account", {"appeal"})),
        (
            {"NOOP": "554 5.7.1 Sending paused for this account"},
            ("restricted", "provider_account", {"appeal", "replace"}),
        ),
        ({"CONNECT": CLOSE}, None),
        ({"AUTH": "454 4.7.0 later"}, None),
    ],
    ids=["log-in", "account", "paused", "away", "later"],
)
def test_what_a_relay_refuses(
    services: Services, sandbox: Sandbox, refusal: dict[str, str], expected: tuple[str, str, set[str]] | None
) -> None:
    with ScriptedRelay() as relay:
        url = SecretStr(f"smtp://u:p@127.0.0.1:{relay.port}")
        settings = services.settings.model_copy(update={"mail_primary_url": url})
        ours = build(settings)
        told = Told(ours, "email", sandbox)
        relay.script |= refusal
        told.run(1_000)
        case = told.row(BAN_CASE, BAN_CASE.c.sender_id)
        if expected is None:
            assert case is None
        else:
            assert told.found(within=0) == expected
        ours.db.dispose()
        ours.queue.close()


def _of_page(item: Mapping[str, Any]) -> dict[str, Any]:
    return {"object": "page", "entry": [{"id": PAGE.id, "time": 1_790_000_000_000, "messaging": [item]}]}
