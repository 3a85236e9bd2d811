"""Every kind of part in the thread, in both languages, in a real Chromium."""

import re

import pytest
from playwright.sync_api import Page, expect

from hub.types import Presence
from hub.web.language import load
from tests.browser.album import Album
from tests.browser.conftest import PHONE, Visitors, picture
from tests.browser.media import film
from tests.browser.stage import Operator, Stage

pytestmark = pytest.mark.browser
LANGUAGES = pytest.mark.parametrize("language", ["en", "de"])


@pytest.fixture
def anna(stage: Stage) -> Operator:
    return stage.operator("Anna Brandt", presence=Presence.ONLINE)


@pytest.fixture
def album(stage: Stage, anna: Operator, visitors: Visitors) -> Album:
    talk = stage.hear(stage.customer("Lena Fischer", "telegram", "7001"), "Hello! I have a few things to show.")
    return Album(stage, talk, anna, film(visitors.page()))


def shown(
    visitors: Visitors, album: Album, language: str, size: tuple[int, int] = (1280, 900), dark: bool = False
) -> Page:
    page = visitors.signed_in(album.who, size, dark, language)
    page.goto(f"/inbox/{album.talk}?tab=all")
    # the stream's own first refresh is over before anything is played or opened
    with page.expect_response(re.compile("/thread")):
        page.wait_for_selector("body[data-live=yes]")
    return page


def to_end(page: Page) -> None:
    page.locator("#messages").evaluate("element => element.scrollTop = element.scrollHeight")


def pictures_are_there(page: Page) -> None:
    page.locator("#messages").evaluate(
        "element => element.querySelectorAll('img').forEach(each => each.loading = 'eager')"
    )
    page.wait_for_function(
        "() => [...document.querySelectorAll('#messages img')].every(each => each.complete && each.naturalWidth > 0)"
    )


@LANGUAGES
def test_pictures_films_and_sounds_play_where_they_stand(visitors: Visitors, album: Album, language: str) -> None:
    t = load(language).text
    album.single_picture()
    album.pictures()
    album.films()
    album.sounds()
    page = shown(visitors, album, language)
    expect(page.locator(".album .picture")).to_have_count(4)
    expect(page.locator(".single .picture img")).to_have_count(1)
    pictures_are_there(page)
    expect(page.locator("video.film")).to_have_count(2)
    page.wait_for_function("() => [...document.querySelectorAll('#messages video')].every(each => each.readyState > 0)")
    note = page.locator(".video-note").bounding_box()
    assert note is not None
    assert note["width"] == note["height"]
    voice = page.locator(".sound.voice")
    expect(voice).to_contain_text(t("Voice note"))
    expect(voice).to_contain_text("0:07")
    expect(page.locator(".sound.audio")).to_contain_text("3:05")
    voice.locator("audio").evaluate("audio => audio.play()")
    page.wait_for_function("() => document.querySelector('.sound.voice audio').currentTime > 0")
    # a refresh does not stop what plays
    page.locator("#messages").evaluate("element => htmx.trigger(element, 'refresh')")
    page.wait_for_load_state("networkidle")
    assert page.locator(".sound.voice audio").evaluate("audio => audio.currentTime > 0")
    with page.context.expect_page() as opened:
        page.locator(".single .picture").click()
    assert "/api/v1/attachments/" in opened.value.url
    page.locator(".single").first.scroll_into_view_if_needed()
    if language == "en":
        picture(page, "parts-media")


@LANGUAGES
def test_files_say_what_they_are_and_why_they_are_not_there(visitors: Visitors, album: Album, language: str) -> None:
    t = load(language).text
    album.files()
    album.absent()
    page = shown(visitors, album, language)
    file = page.locator(".thing.file")
    expect(file).to_contain_text("offer 2026.pdf")
    expect(file).to_contain_text("application/pdf")
    with page.expect_download() as taken:
        file.click()
    assert taken.value.suggested_filename == "offer 2026.pdf"
    card = page.locator("[data-card]")
    card.get_by_role("button", name=t("Show the details")).click()
    expect(card).to_contain_text("+49 151 2345 6789")
    expect(card).to_contain_text("mara@segel.example")
    for state in ("This file is being fetched…", "This file is too large.", "The platform no longer has this file."):
        expect(page.locator("#messages")).to_contain_text(t(state))
    expect(page.locator(".thing.infected")).to_contain_text(t("A virus was found in this file, so it was not kept."))
    expect(page.locator(".thing.absent small").first).to_contain_text("48 MB")
    to_end(page)
    if language == "de":
        picture(page, "parts-files-de")


@LANGUAGES
def test_places_people_presses_and_the_rest_are_shown_as_what_they_are(
    visitors: Visitors, album: Album, language: str
) -> None:
    t = load(language).text
    album.things()
    page = shown(visitors, album, language)
    outside: list[str] = []
    page.on("request", lambda request: outside.append(request.url) if "127.0.0.1" not in request.url else None)
    link = page.get_by_role("link", name=t("Open the map"))
    expect(link).to_have_attribute(
        "href", re.compile(r"^https://www\.openstreetmap\.org/\?mlat=54\.323300&mlon=10\.1228")
    )
    expect(link).to_have_attribute("rel", re.compile("noreferrer"))
    expect(page.locator(".coordinates")).to_have_text("54.32330, 10.12280")
    expect(page.locator(".thing", has_text="Tom Berg")).to_contain_text("+49 30 123456")
    expect(page.locator(".pressed")).to_contain_text("Yes, please")
    expect(page.locator(".aside a")).to_have_attribute("href", "https://shop.example/")
    expect(page.locator("blockquote.quoted")).to_contain_text("We close at six")
    expect(page.locator(".aside", has_text="Aunt Else")).to_contain_text(t("many times"))
    expect(page.locator(".unsupported")).to_contain_text("A die was thrown: 5")
    page.get_by_text(t("Show trimmed text")).click()
    expect(page.locator(".full .text")).to_contain_text("> Your order left our house.")
    to_end(page)
    picture(page, "parts-things" if language == "en" else "parts-things-de")
    assert outside == []


@LANGUAGES
def test_answers_edits_reactions_and_doubts_are_told(visitors: Visitors, album: Album, language: str) -> None:
    t = load(language).text
    album.talk_back()
    page = shown(visitors, album, language)
    said = page.locator(".entry.inbound", has_text="TENT-10")
    expect(said.locator("strong", has_text="Great")).to_have_count(1)
    expect(said.locator("code")).to_have_count(1)
    expect(said.locator(".text a")).to_have_count(1)
    expect(said.locator(".text a")).to_have_attribute("href", "https://shop.example/tents")
    expect(said.locator(".reactions li")).to_have_count(2)
    expect(said.locator(".reactions .ours")).to_contain_text("👍")
    expect(page.locator(".offered li")).to_have_text(["Morning", "Evening"])
    expect(page.locator("a.quoted")).to_contain_text("TENT-10")
    page.locator("a.quoted").click()
    expect(said).to_be_in_viewport()
    expect(page.get_by_text("We open at ten")).to_be_hidden()
    page.get_by_role("button", name=t("edited"), exact=True).click()
    expect(page.get_by_text("We open at ten")).to_be_visible()
    expect(page.locator(".taken-back")).to_contain_text(t("This message was taken back."))
    boss = page.locator(".entry", has_text="I am the boss")
    expect(boss).to_contain_text(t("Another person"))
    expect(boss).to_contain_text(t("Unverified sender"))
    expect(page.get_by_text(t("Another person"))).to_have_count(1)
    expect(page.locator("#messages")).not_to_contain_text("Secret")
    to_end(page)
    if language == "en":
        picture(page, "parts-talk")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_all_of_it_fits_a_phone(visitors: Visitors, album: Album, dark: bool) -> None:
    album.things()
    album.files()
    album.pictures()
    album.sounds()
    album.talk_back()
    page = shown(visitors, album, "de", PHONE, dark)
    pictures_are_there(page)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert page.evaluate(
        "document.querySelector('#messages').scrollWidth <= document.querySelector('#messages').clientWidth"
    )
    page.locator(".sound.voice").scroll_into_view_if_needed()
    picture(page, "parts-phone-dark" if dark else "parts-phone")


def test_raw_is_shown_as_text(visitors: Visitors, album: Album) -> None:
    album.say({"type": "unsupported", "what": "dice", "summary": "A die was thrown: 5"}, event_id=1)
    page = shown(visitors, album, "en")
    raw = '{"dice": "<img src=x onerror=alert(1)>"}'
    page.route(
        "**/raw", lambda route: route.fulfill(status=200, json={"text": raw, "received_at": "2026-11-21T12:00:00Z"})
    )
    page.locator(".unsupported").get_by_role("button", name="Show raw").click()
    expect(page.locator("pre.raw:visible")).to_have_text(raw)
