"""Links for providers that fetch our files: whoever has one may, for a few hours, and nobody can make or read one."""

import base64

import pytest

from hub.access.files import Upload, upload
from hub.errors import NotFound
from hub.filing.links import LINKS_LAST, make_link, open_link
from hub.filing.vcard import read_card
from tests.media_jobs.stage import PICTURE, MediaStage


def test_a_link_gives_the_file_until_it_ends(stage: MediaStage) -> None:
    made = upload(stage.services, stage.operator, Upload("a.png", "image/png", PICTURE))
    link = make_link(stage.services, made.id)
    assert link.startswith("https://hub.example.com/media/")
    token = link.rpartition("/")[2]
    assert stage.org.id.encode() not in base64.urlsafe_b64decode(token + "==")
    stage.clock.forward(seconds=LINKS_LAST.total_seconds() - 1)
    assert open_link(stage.services, token).body == PICTURE
    stage.clock.forward(seconds=1)
    with pytest.raises(NotFound):
        open_link(stage.services, token)


def test_a_link_that_was_changed_opens_nothing(stage: MediaStage) -> None:
    made = upload(stage.services, stage.operator, Upload("a.png", "image/png", PICTURE))
    token = make_link(stage.services, made.id).rpartition("/")[2]
    for at in range(0, len(token), 7):
        other = "A" if token[at] != "A" else "B"
        with pytest.raises(NotFound):
            open_link(stage.services, token[:at] + other + token[at + 1 :])


@pytest.mark.parametrize("token", ["", "x", "nonsense!", "ä", "A" * 67, "../secret.key"])
def test_nonsense_is_no_link(stage: MediaStage, token: str) -> None:
    with pytest.raises(NotFound):
        open_link(stage.services, token)


def test_a_file_that_is_not_there_yet_has_no_link_that_works(stage: MediaStage) -> None:
    stage.send_picture(stage.channel())
    token = make_link(stage.services, stage.attachments()[0].id).rpartition("/")[2]
    with pytest.raises(NotFound):
        open_link(stage.services, token)


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"no card at all", b"BEGIN:VCARD\nEND:VCARD", b":" * 1000])
def test_what_is_no_card_is_none(body: bytes) -> None:
    assert read_card(body) is None


def test_an_old_card_in_quoted_printable_is_read() -> None:
    card = read_card(
        b"BEGIN:VCARD\r\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=BCrgen =\r\nM.\r\nTEL:tel:+49\\,1\r\nEND:VCARD"
    )
    assert card is not None
    assert (card.name, card.phones) == ("Jürgen M.", ("+49,1",))
