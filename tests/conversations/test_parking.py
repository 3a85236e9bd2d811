"""What a failure is while it waits for its message: every code it came under, and none of the provider's words."""

from dataclasses import replace

from sqlalchemy import select

from hub.conversations import parking
from hub.db.tables.core import PARKED
from hub.types import FailureKind, Level, MessageStatus, Reach, Receipt, SendFailure
from tests.outbound.stage import Stage
from tests.world import Channel

FAILURE = SendFailure(
    FailureKind.SENDER,
    "Meta has locked the business account",
    "63051",
    Level.BANNED,
    Reach.BUSINESS_ACCOUNT,
    also=("131031",),
    text="(#131031) Carla's account has been locked",
)


def test_a_failure_waits_with_its_codes_and_without_the_providers_words(stage: Stage, bot: Channel) -> None:
    stage.hear(bot, Receipt(MessageStatus.FAILED, external_id="early", failure=FAILURE))
    with stage.services.db.reading(stage.org.id) as tx:
        saved = tx.scalar(select(PARKED.c.receipt))
    assert "Carla" not in str(saved)
    expected = Receipt(MessageStatus.FAILED, external_id="early", failure=replace(FAILURE, text=""))
    assert parking.read(saved or {}) == expected
    # what was saved before a version knew of further codes
    old = {**(saved or {}), "failure": {"kind": "sender", "detail": "told", "code": "63051"}}
    assert parking.read(old) == Receipt(
        MessageStatus.FAILED, external_id="early", failure=SendFailure(FailureKind.SENDER, "told", "63051")
    )
