"""The hub's own mails write times in the zone of whoever reads them."""

from zoneinfo import ZoneInfo

from hub.access.profile_values import Profile
from hub.access.profiles import change_profile
from hub.notifying import sending
from hub.notifying.transcripts import To, mail_transcript
from tests.notifying.conftest import Told

KOLKATA = "Asia/Kolkata"


def test_a_transcript_for_a_user_has_their_times_and_one_for_the_customer_the_organizations(told: Told) -> None:
    services, operator = told.stage.services, told.stage.operator
    told.answer("It is on its way")
    change_profile(services, told.stage.org.actor, operator.user_id, Profile(time_zone=KOLKATA))
    mail_transcript(services, operator, told.conversation.id, To.ME)
    mail_transcript(services, operator, told.conversation.id, To.CUSTOMER)
    sending.send_due(services)
    to_me, to_customer = told.mails
    assert f"times in {KOLKATA}:" in to_me.text
    assert "times in Europe/Berlin:" in to_customer.text
    spoken = told.stage.clock()
    for mail, zone in ((to_me, KOLKATA), (to_customer, "Europe/Berlin")):
        assert spoken.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M") in mail.text
