"""What tests of the composer begin with: an operator, a conversation, and the page on which it is open."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from hub.conversations.reading import list_messages
from hub.types import MessageView, Presence
from tests.browser.conftest import Visitors
from tests.browser.stage import Operator, Stage

LANGUAGES = pytest.mark.parametrize("language", ["en", "de"])
Open = Callable[[str, str], Page]


@pytest.fixture
def anna(stage: Stage) -> Operator:
    return stage.operator("Anna Brandt", presence=Presence.ONLINE)


@pytest.fixture
def talk(stage: Stage) -> str:
    return stage.hear(stage.customer("Lena Fischer", "telegram", "7001"), "Can you send me the offer?")


@pytest.fixture
def opened(visitors: Visitors, anna: Operator) -> Open:
    def show(talk: str, language: str) -> Page:
        page = visitors.signed_in(anna, language=language)
        page.goto(f"/inbox/{talk}?tab=all&status=any")
        page.wait_for_selector("body[data-live=yes]")
        return page

    return show


def said(stage: Stage, talk: str) -> list[MessageView]:
    return [each for each in list_messages(stage.services, stage.org.actor, talk).items if each.direction == "outbound"]
