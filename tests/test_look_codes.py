"""Every word that looks and reports bring to ban detection: its table knows them; providers' texts stay inside."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from aiosmtplib import SMTPDataError
from telegram.error import BadRequest

from hub.channels.email.errors import RelayFailed, Stage
from hub.channels.facebook import errors as messenger
from hub.channels.facebook import looking as page
from hub.channels.looking import TIMEOUT
from hub.channels.meta import business
from hub.channels.meta.graph import GraphError
from hub.channels.quoting import LONGEST, quoted
from hub.channels.registry import build_adapters
from hub.channels.telegram import looking as bot
from hub.channels.twilio import codes as twilio_codes
from hub.channels.twilio import registered, standing
from hub.channels.twilio.client import Refused
from hub.numbers.policy.signals import ROWS, UNKNOWN, meaning
from hub.types import ChannelKind, FailureKind, SendFailure
from hub.types.bans import Signal, SignalSource
from hub.types.numbers import RegistrationState
from tests.conformance.kit import RECEIVED_AT, load

SERVER_ERRORS = [str(status) for status in (500, 502, 503, 599)]


def _meant(family: str, code: str, source: SignalSource = SignalSource.PROBE, text: str = "") -> bool:
    return meaning(Signal(family, source, code, RECEIVED_AT, text=text)) is not UNKNOWN


def _codes_of_looks() -> Iterator[tuple[str, str]]:
    """(family, code) of everything that a look can yield."""
    adapters = build_adapters(load("telegram").context())
    senders = (word for word, state in registered.STATES.items() if state in registered.ONLINE)
    qualities = (f"quality/{each.value.upper()}" for each in registered.QUALITIES.values())
    missing = (adapters[ChannelKind(kind)].missing for kind in ("whatsapp", "sms"))  # type: ignore[attr-defined]
    accounts = (*standing.ACCOUNTS.values(), standing.REFUSED, *standing.INACTIVE, standing.BUSY)
    offline = (word for word, state in registered.STATES.items() if state is RegistrationState.OFFLINE)
    numbers = (*accounts, *qualities, *missing, "number/owned", *(f"sender/{each}" for each in senders))
    numbers += tuple(code for each in offline for code in (f"sender/{each}", f"sender/{each}/30008"))
    pairs = [*messenger._BY_PAIR, *((10, each) for each in messenger._BY_SUBCODE), (190, 7), (10, 7), (299, 7)]
    errors = [GraphError(400, *pair, None) for pair in [*pairs, *((code, None) for code in messenger._BY_CODE)]]
    pages = (page.WELL, *page._CODES.values(), *filter(None, map(messenger.code_of_look, errors)))
    bots = (bot.WELL, bot.REFUSED, "FROZEN_METHOD_INVALID", "429")
    mails = ("login/ok", "535 5.7.8", "530")
    for family, found in (("twilio", numbers), ("messenger", pages), ("telegram", bots), ("mail", mails)):
        yield from ((family, each) for each in found)
    for family in ("twilio", "messenger", "telegram"):
        yield from ((family, each) for each in (TIMEOUT, *SERVER_ERRORS))


@pytest.mark.parametrize(("family", "code"), sorted(set(_codes_of_looks())))
def test_every_code_of_a_look_has_its_row(family: str, code: str) -> None:
    assert _meant(family, code)
    assert _meant(family, code, SignalSource.ACCOUNT)


def test_every_family_of_an_adapter_is_one_of_the_table() -> None:
    families = {adapter.signal_family for adapter in build_adapters(load("telegram").context()).values()}
    assert families == {row.family for row in ROWS} - {"*"}


def test_everything_that_meta_says_of_a_business_account_has_its_row() -> None:
    said = [f"account_update/DISABLED_UPDATE/{each}" for each in business._BANS]
    said += [f"account_update/ACCOUNT_RESTRICTION/{each}" for each in business._RESTRICTIONS]
    said += [f"account_update/{each}" for each in business._STATES]
    said += [f"quality_update/{each}" for each in business._QUALITIES]
    assert [code for code in said if not _meant("twilio", code, SignalSource.WEBHOOK)] == []


def test_every_failure_that_messenger_blames_on_the_page_has_its_row() -> None:
    every: list[tuple[str, SendFailure]] = [(f"{a}/{b}", each) for (a, b), each in messenger._BY_PAIR.items()]
    every += [(str(code), each) for code, each in messenger._BY_CODE.items()]
    trouble = [code for code, each in every if each.kind in {FailureKind.SENDER, FailureKind.CREDENTIALS}]
    assert [code for code in trouble if not _meant("messenger", code, SignalSource.SEND)] == []


def test_metas_codes_beside_twilios_have_their_rows() -> None:
    unmeant = [code for code in twilio_codes.META_ERRORS if not _meant("twilio", str(code), SignalSource.SEND)]
    # the reply window says nothing of the sender
    assert unmeant == [131047]


# --- a provider's own words ------------------------------------------------------------------------------------


def test_providers_words_are_kept_short_and_without_mail_addresses() -> None:
    assert quoted("550 <ada@mail.example>: no\r\n\x00 such \ud800 user") == "550 # no    such   user"
    assert quoted(None) == quoted({"a": 1}) == ""
    assert len(quoted("x" * 9000)) == LONGEST


def test_a_failure_carries_its_providers_words_and_never_shows_them() -> None:
    paused = SMTPDataError(554, "5.7.1 sending paused for ada@mail.example")
    graph = GraphError(400, 368, None, None)
    graph.said = "temporarily blocked"
    refused = Refused(400, 21606, None)
    refused.said = "not a number of yours"
    errors = {
        "email": (RelayFailed(Stage.CONTENT, "HUB_MAIL_PRIMARY_URL", paused), "5.7.1 sending paused for #"),
        "facebook": (graph, "temporarily blocked"),
        "telegram": (BadRequest("FROZEN_METHOD_INVALID"), "FROZEN_METHOD_INVALID"),
        "sms": (refused, "not a number of yours"),
    }
    for kind, (error, said) in errors.items():
        failure = load(kind).build().classify(error)
        assert failure.text == said
        assert failure.text not in repr(replace(failure, code=""))
