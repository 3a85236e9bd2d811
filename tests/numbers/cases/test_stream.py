"""A ban reaches the pages that are open: the live stream tells of each step, and names the case."""

from tests.api.served import Stream, serve
from tests.numbers.cases.bans import Bans
from tests.numbers.cases.test_doors import platform_token


def _told(stream: Stream, case_id: str, about: str | None = None) -> dict[str, str]:
    """The next notice of a case, or of one of its happenings."""
    while True:
        event = stream.next()
        if event.kind == "ban" and event.data.get("id") == case_id and event.data.get("about") == about:
            return event.data


def test_each_step_of_a_ban_is_told_to_the_organization_by_the_stream(bans: Bans) -> None:
    with serve(bans.services) as served, Stream(served, bans.api.token(bans.stage.operator)) as stream:
        case_id = bans.judge()
        assert case_id
        assert _told(stream, case_id) == {"id": case_id}
        bans.work(case_id)
        assert _told(stream, case_id, "Confirmed")
        assert _told(stream, case_id, "OfferMade")
        bans.post(case_id, "decline")
        bans.work(case_id)
        assert _told(stream, case_id, "Declined")


def test_whoever_runs_the_hub_is_told_that_there_is_a_ban_and_not_which(bans: Bans) -> None:
    rival = bans.stage.world.organization("Rival")
    token = platform_token(bans, rival.actor)
    with serve(bans.services) as served, Stream(served, token) as stream:
        bans.offered()
        event = stream.next()
    assert (event.kind, event.data) == ("ban", {"of": "platform"})
