"""Files come in behind their message: judged by their bytes, kept once, or refused with a reason people understand."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import select

from hub.access.files import get_file
from hub.channels.fetching import Fetched, FetchFailed, FetchRefused, Gone, TooLarge
from hub.db.tables.core import NOTICE
from hub.errors import Conflict, NotFound
from hub.filing import fetching
from hub.media.scanning import Clean, Infected, Undecided
from hub.types import Media, MediaKind, Text
from tests.media_jobs.stage import OTHER_PICTURE, PICTURE, MediaStage

CARD = b"\r\n".join(
    [
        b"BEGIN:VCARD",
        b"VERSION:3.0",
        b"FN:Carla Cus",
        b" tomer",
        b"item1.TEL;TYPE=CELL:+49 151 2345",
        b"EMAIL:c@example.com",
        b"END:VCARD",
    ]
)


def test_a_message_is_there_before_its_picture_and_the_picture_follows(stage: MediaStage) -> None:
    channel = stage.channel()
    conversation = stage.send_picture(channel)
    before, text = stage.parts(conversation)
    assert (before["type"], before["state"], text["text"]) == ("image", "fetching", "Look")
    assert "photo-1" not in repr(before)
    with pytest.raises(Conflict):
        get_file(stage.services, stage.operator, before["attachment_id"])

    assert stage.fetch() == 1

    after, _ = stage.parts(conversation)
    assert {name: after[name] for name in ("state", "content_type", "size", "width", "height", "name")} == {
        "state": "ready", "content_type": "image/png", "size": len(PICTURE), "width": 3, "height": 2,
        "name": "image.png",
    }  # fmt: skip
    assert get_file(stage.services, stage.operator, after["attachment_id"]).body == PICTURE
    [file] = stage.stored()
    assert PICTURE not in file.read_bytes()
    [row] = stage.attachments()
    assert (row.source, row.body, row.state) == (None, None, "ready")
    assert _notices(stage)[-1] == "message"
    assert stage.fetch() == 0


def test_a_picture_is_woken_with_its_message(stage: MediaStage) -> None:
    stage.send_picture(stage.channel())
    assert stage.services.queue.redis.exists(f"wake:{fetching.FETCH_JOB}:{stage.org.id}")


def test_equal_bytes_are_kept_once(stage: MediaStage) -> None:
    channel = stage.channel()
    stage.send_picture(channel, "photo-1")
    stage.send_picture(channel, "photo-2")
    stage.send_picture(channel, "photo-3", OTHER_PICTURE)
    assert stage.fetch() == 3
    assert len(stage.stored()) == 2
    assert len({row.storage_key for row in stage.attachments()}) == 2


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (TooLarge("too much"), "too_large"),
        (Gone("away"), "gone"),
        (FetchRefused("no"), "refused"),
    ],
)
def test_what_will_never_come_says_why_at_once(stage: MediaStage, error: Exception, state: str) -> None:
    channel = stage.channel()
    conversation = stage.send_picture(channel)
    stage.files["photo-1"] = error
    stage.fetch()
    part = stage.parts(conversation)[0]
    assert (part["state"], bool(part["problem"])) == (state, True)
    with pytest.raises(NotFound, match=part["problem"]):
        get_file(stage.services, stage.operator, part["attachment_id"])
    assert stage.stored() == []


def test_a_file_that_is_larger_than_the_limit_is_not_kept(stage: MediaStage) -> None:
    stage.services = replace(
        stage.services, settings=stage.services.settings.model_copy(update={"media_max_bytes": len(PICTURE) - 1})
    )
    conversation = stage.send_picture(stage.channel())
    stage.fetch()
    assert stage.parts(conversation)[0]["state"] == "too_large"
    assert stage.stored() == []


def test_a_provider_that_stumbles_is_asked_again_and_at_last_no_more(stage: MediaStage) -> None:
    conversation = stage.send_picture(stage.channel())
    stage.files["photo-1"] = FetchFailed("try again")
    for pause in (*fetching.BACK_OFF, None):
        assert stage.fetch() == 1
        assert stage.fetch() == 0, "it waits before it is asked again"
        if pause is not None:
            assert stage.parts(conversation)[0]["state"] == "fetching"
            stage.clock.forward(seconds=pause)
    assert stage.parts(conversation)[0]["state"] == "failed"
    stage.clock.forward(days=1)
    assert stage.fetch() == 0


def test_a_provider_that_never_answers_costs_one_try(stage: MediaStage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.services = replace(
        stage.services, settings=stage.services.settings.model_copy(update={"media_timeout": 0.01})
    )

    async def never(*_: object) -> Fetched:
        await asyncio.Event().wait()
        raise AssertionError

    provider = stage.with_files()
    monkeypatch.setattr(provider, "download", never)
    conversation = stage.send_picture(stage.channel())
    stage.fetch()
    assert (stage.parts(conversation)[0]["state"], stage.attachments()[0].attempts) == ("fetching", 1)


def test_what_cannot_be_scanned_waits_and_is_not_fetched_twice(stage: MediaStage) -> None:
    conversation = stage.send_picture(stage.channel())
    stage.scanner.verdicts += [Undecided("clamd does not answer"), Clean()]
    stage.fetch()
    assert stage.parts(conversation)[0]["state"] == "fetching"
    assert stage.attachments()[0].attempts == 0
    stage.clock.forward(seconds=60)
    stage.fetch()
    assert stage.parts(conversation)[0]["state"] == "ready"
    assert stage.with_files().asked == ["photo-1"]


@pytest.mark.parametrize("first", [None, Undecided("clamd does not answer")])
def test_malware_is_not_kept(stage: MediaStage, first: Undecided | None) -> None:
    conversation = stage.send_picture(stage.channel())
    stage.scanner.verdicts += [*([first] if first else []), Infected("Eicar")]
    stage.fetch()
    stage.clock.forward(seconds=60)
    stage.fetch()
    stage.remove()
    part = stage.parts(conversation)[0]
    assert part["state"] == "infected"
    assert "Eicar" not in part["problem"]
    assert stage.stored() == []


def test_a_picture_that_is_none_is_shown_as_a_file(stage: MediaStage) -> None:
    conversation = stage.send_picture(stage.channel(), body=b"<html><script>alert(1)</script></html>")
    stage.fetch()
    part = stage.parts(conversation)[0]
    assert (part["type"], part["content_type"]) == ("file", "application/octet-stream")


def test_an_address_card_is_read(stage: MediaStage) -> None:
    stage.files["card"] = Fetched(CARD, "text/vcard", "carla.vcf")
    conversation = stage.send(stage.channel(), Media(MediaKind.FILE, "card", name="carla.vcf"))
    stage.fetch()
    part = stage.parts(conversation)[0]
    assert part["type"] == "contact_file"
    assert part["details"] == {
        "name": "Carla Customer", "phones": ["+49 151 2345"], "emails": ["c@example.com"], "own": False,
    }  # fmt: skip


def test_a_part_without_a_file_says_so(stage: MediaStage) -> None:
    conversation = stage.send(
        stage.channel(), Media(MediaKind.VIDEO, "", problem="it is too large for bots"), Text("x")
    )
    part = stage.parts(conversation)[0]
    assert (part["state"], part["attachment_id"], part["problem"]) == ("failed", None, "it is too large for bots")
    assert stage.attachments() == []


def test_a_lost_wake_up_is_found(stage: MediaStage) -> None:
    stage.send_picture(stage.channel())
    stage.services.queue.redis.flushdb()
    fetching.wake_due(stage.services)
    assert stage.services.queue.redis.exists(f"wake:{fetching.FETCH_JOB}:{stage.org.id}")


def _notices(stage: MediaStage) -> list[str]:
    with stage.services.db.reading(stage.org.id) as tx:
        return [row.kind for row in tx.all(select(NOTICE).order_by(NOTICE.c.number))]
