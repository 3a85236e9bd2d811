"""Twilio as the supplier: senders and approvals."""

import asyncio
import json
from collections.abc import Iterator

import httpx
import pytest

from hub.channels.numbers import (
    ApprovalState,
    CodeWay,
    Registration,
    Sign,
    TemplateCategory,
)
from hub.channels.twilio.provider import TwilioProvider
from hub.errors import Conflict, Invalid, NotFound
from hub.types.numbers import Quality, RegistrationState
from tests.fixtures.twilio import ACCOUNT, NUMBER
from tests.twilio.account import MESSAGES_URL, SMS, STATUS_URL
from tests.twilio.answering import (
    CONTENT,
    SENDERS,
    Twilio,
    a_sender,
    a_twilio,
    listed,
    refusing,
    sid,
)

PROVIDER = TwilioProvider(SMS.context())
WANTED = Registration(NUMBER, "Lampen", "1234567")
CREATED, FOUND = f"POST {SENDERS}", f"GET {SENDERS}"
LOOKED_AT, CODE_GIVEN = f"GET {SENDERS}/{{Sid}}", f"POST {SENDERS}/{{Sid}}"
SUBMITTED, APPROVAL = (
    f"POST {CONTENT}/{{ContentSid}}/ApprovalRequests/whatsapp",
    f"GET {CONTENT}/{{Sid}}/ApprovalRequests",
)
LOST = httpx.ReadTimeout("no answer")


@pytest.fixture
def twilio() -> Iterator[Twilio]:
    with a_twilio() as found:
        yield found


# --- senders --------------------------------------------------------------------------------------------


def test_a_sender_is_registered_in_a_business_account_and_pointed_here_at_once(twilio: Twilio) -> None:
    wanted = Registration(NUMBER, "Lampen", "1234567", CodeWay.VOICE)
    made = asyncio.run(PROVIDER.register_sender(ACCOUNT, wanted))
    webhook = {"callback_url": MESSAGES_URL, "callback_method": "POST"}
    assert json.loads(twilio.requests[0].content) == {
        "sender_id": f"whatsapp:{NUMBER}",
        "configuration": {"waba_id": "1234567", "verification_method": "voice"},
        "webhook": webhook | {"status_callback_url": STATUS_URL, "status_callback_method": "POST"},
        "profile": {"name": "Lampen"},
    }
    assert (made.external_id, made.number, made.state) == (sid("XE"), NUMBER, RegistrationState.SUBMITTED)


@pytest.mark.parametrize("answer", [LOST, refusing(63110, 409)])
def test_a_registration_whose_answer_is_lost_is_found_by_its_number(
    twilio: Twilio, answer: httpx.Response | Exception
) -> None:
    twilio.plan(CREATED, answer)
    assert asyncio.run(PROVIDER.register_sender(ACCOUNT, WANTED)).external_id == sid("XE")
    assert len(twilio.of(CREATED)) == 1


def test_a_number_that_is_taken_by_another_business_is_not_ours(twilio: Twilio) -> None:
    twilio.plan(CREATED, refusing(63110, 409))
    twilio.plan(FOUND, listed("senders", a_sender(configuration={"waba_id": "7654321"})))
    with pytest.raises(Conflict, match="on WhatsApp already"):
        asyncio.run(PROVIDER.register_sender(ACCOUNT, WANTED))


@pytest.mark.parametrize(
    ("code", "error", "words"),
    [
        (63101, Conflict, "sign up first"),
        (63111, Conflict, "no room"),
        (63112, Conflict, "disabled"),
        (63100, Invalid, "name"),
        (63124, Invalid, "display name"),
    ],
)
def test_a_refused_registration_says_why(twilio: Twilio, code: int, error: type[Exception], words: str) -> None:
    twilio.plan(CREATED, refusing(code))
    twilio.plan(FOUND, listed("senders"))
    with pytest.raises(error, match=words):
        asyncio.run(PROVIDER.register_sender(ACCOUNT, WANTED))


def test_a_code_is_handed_in_and_a_wrong_one_is_told(twilio: Twilio) -> None:
    sender = asyncio.run(PROVIDER.hand_in_code(ACCOUNT, sid("XE"), "123456"))
    assert json.loads(twilio.requests[0].content) == {"configuration": {"verification_code": "123456"}}
    assert sender.state is RegistrationState.VERIFYING
    twilio.plan(CODE_GIVEN, refusing(63113))
    with pytest.raises(Invalid, match="wrong or too old"):
        asyncio.run(PROVIDER.hand_in_code(ACCOUNT, sid("XE"), "000000"))


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("CREATING", RegistrationState.SUBMITTED),
        ("PENDING_VERIFICATION", RegistrationState.CODE_NEEDED),
        ("VERIFYING", RegistrationState.VERIFYING),
        ("TWILIO_REVIEW", RegistrationState.IN_REVIEW),
        ("ONLINE", RegistrationState.ONLINE),
        ("ONLINE:UPDATING", RegistrationState.UPDATING),
        ("OFFLINE", RegistrationState.OFFLINE),
        ("DRAFT", RegistrationState.DRAFT),
        ("STUBBED", RegistrationState.DRAFT),
        ("BRAND_NEW", RegistrationState.DRAFT),
    ],
)
def test_a_status_is_a_state_of_the_registration(twilio: Twilio, word: str, state: RegistrationState) -> None:
    twilio.plan(LOOKED_AT, httpx.Response(200, json=a_sender(status=word)))
    found = asyncio.run(PROVIDER.fetch_sender(ACCOUNT, sid("XE")))
    assert found.state is state
    # a sender on its way to being one says nothing to ban detection
    standing = [f"sender/{word}"] if word in {"ONLINE", "ONLINE:UPDATING", "OFFLINE"} else []
    assert [each.code for each in found.signs] == [*standing, "quality/HIGH"]


@pytest.mark.parametrize(
    ("properties", "quality", "limit"),
    [
        ({"quality_rating": "HIGH", "messaging_limit": "10K Customers/24hr"}, Quality.HIGH, 10_000),
        ({"quality_rating": "MEDIUM", "messaging_limit": "250 Customers/24hr"}, Quality.MEDIUM, 250),
        ({"quality_rating": "low", "messaging_limit": "TIER_1K"}, Quality.LOW, 1_000),
        ({"quality_rating": "NA", "messaging_limit": "Unlimited"}, Quality.UNKNOWN, None),
        (None, Quality.UNKNOWN, None),
    ],
)
def test_quality_and_limit_are_read(
    twilio: Twilio, properties: dict[str, str] | None, quality: Quality, limit: int | None
) -> None:
    twilio.plan(FOUND, listed("senders", a_sender(sender_id="whatsapp:+491"), a_sender(properties=properties)))
    found = asyncio.run(PROVIDER.find_sender(ACCOUNT, NUMBER))
    assert found is not None
    assert (found.quality, found.daily_limit) == (quality, limit)


def test_why_a_sender_is_offline_is_in_our_words_and_twilios_are_for_ban_detection_alone(twilio: Twilio) -> None:
    reasons = [{"code": "21211400", "message": "WhatsApp business account 123 is banned by provider"},
               {"code": "30008", "message": "No delivery"}]  # fmt: skip
    twilio.plan(LOOKED_AT, httpx.Response(200, json=a_sender(status="OFFLINE", offline_reasons=reasons)))
    found = asyncio.run(PROVIDER.fetch_sender(ACCOUNT, sid("XE")))
    assert found.problems == ("WhatsApp has banned it", "it is offline for a reason that the hub does not know")
    assert found.signs == (
        Sign("sender/OFFLINE/21211400", "WhatsApp business account 123 is banned by provider"),
        Sign("sender/OFFLINE/30008", "No delivery"),
        Sign("quality/HIGH"),
    )
    assert "by provider" not in repr(found)


def test_a_sender_that_is_gone_is_named_so_and_taking_it_off_again_does_nothing(twilio: Twilio) -> None:
    twilio.plan(LOOKED_AT, refusing(20404, 404))
    twilio.plan(f"DELETE {SENDERS}/{{Sid}}", refusing(20404, 404))
    with pytest.raises(NotFound):
        asyncio.run(PROVIDER.fetch_sender(ACCOUNT, sid("XE")))
    asyncio.run(PROVIDER.delete_sender(ACCOUNT, sid("XE")))


# --- templates ------------------------------------------------------------------------------------------


def test_a_template_is_submitted_under_a_name_that_whatsapp_takes(twilio: Twilio) -> None:
    submitted = PROVIDER.submit_template(ACCOUNT, sid("HX"), "Lieferung: heute!", TemplateCategory.MARKETING)
    assert asyncio.run(submitted) is ApprovalState.IN_REVIEW
    (asked,) = twilio.of(SUBMITTED)
    assert json.loads(asked.content) == {"name": "lieferung_heute", "category": "MARKETING"}


@pytest.mark.parametrize("word", ["received", "pending", "approved", "rejected", "paused", "disabled"])
def test_a_template_is_not_submitted_twice(twilio: Twilio, word: str) -> None:
    twilio.plan(APPROVAL, httpx.Response(200, json={"sid": sid("HX"), "whatsapp": {"status": word}}))
    state = asyncio.run(PROVIDER.submit_template(ACCOUNT, sid("HX"), "x", TemplateCategory.UTILITY))
    assert state == (ApprovalState.IN_REVIEW if word in {"received", "pending"} else ApprovalState(word))
    assert twilio.of(SUBMITTED) == []
