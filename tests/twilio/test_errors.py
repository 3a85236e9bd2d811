"""Error codes, of answers and of receipts."""

from datetime import UTC, datetime, timedelta

import pytest
import respx
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException

from hub.channels.twilio.client import Refused
from hub.channels.twilio.codes import ERRORS, META_ERRORS
from hub.channels.twilio.errors import failure_of
from hub.types import (
    FailureKind,
    Level,
)
from tests.twilio.account import API, SMS, send


def test_both_families_of_the_library_are_understood_and_its_bare_base_is_uncertain() -> None:
    adapter = SMS.build()
    old = TwilioRestException(400, "/Messages", "no", 21610)
    new = TwilioServiceException("https://x", "no", 400, 21610)
    assert adapter.classify(old) == adapter.classify(new)
    assert adapter.classify(old).kind is FailureKind.RECIPIENT
    assert adapter.classify(TwilioException("?")).kind is FailureKind.UNCERTAIN


def test_a_server_error_is_uncertain_whatever_code_it_carries() -> None:
    assert SMS.build().classify(Refused(500, 21610, None)).kind is FailureKind.UNCERTAIN


def test_every_error_has_words_and_holds_only_what_its_level_says() -> None:
    for meaning in [*ERRORS.values(), *META_ERRORS.values()]:
        assert meaning.words
        assert (meaning.kind is FailureKind.SENDER) == (
            meaning.level in {Level.RESTRICTED, Level.BANNED, Level.ACCOUNT}
        )
        assert (meaning.kind is FailureKind.RATE_LIMITED) == (meaning.level is Level.RATE_LIMITED)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("(#131048) Spam rate limit hit", FailureKind.SENDER),
        ("Channel provider error code: 131047", FailureKind.WINDOW),
        ("Error 190 token expired", FailureKind.CREDENTIALS),
        ("order 131031 could not be sent", FailureKind.TRY_LATER),
        ("", FailureKind.TRY_LATER),
    ],
)
def test_metas_own_code_is_believed_before_twilios_general_one(said: str, kind: FailureKind) -> None:
    failure = failure_of("63012", said)
    assert (failure.kind, failure.code) == (kind, "63012")


def test_a_date_in_retry_after_becomes_seconds(twilio: respx.MockRouter) -> None:
    until = datetime.now(UTC) + timedelta(seconds=90)
    headers = {"retry-after": until.strftime("%a, %d %b %Y %H:%M:%S GMT")}
    twilio.post(f"{API}/Messages.json").respond(429, headers=headers, json={"code": 20429})
    with pytest.raises(Refused) as refused:
        send(SMS)
    wait = SMS.build().classify(refused.value).retry_after
    assert wait is not None and 80 < wait <= 90
