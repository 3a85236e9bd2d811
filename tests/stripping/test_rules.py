"""The rules by which history goes, and those by which a person's words stay."""

import pytest

from hub.channels.email.content import Content, Piece
from hub.channels.email.reading import shown
from hub.channels.email.stripping import SEPARATORS, Why, strip
from hub.types import FullText, Text

OURS = """Dear Ms Hale,

your bicycle has come back from the workshop and can be collected from Monday on.
Shall we keep the old saddle for you, or may we throw it away?

Kind regards
Wheelhouse Cycles"""


@pytest.mark.parametrize("line", SEPARATORS.values(), ids=list(SEPARATORS))
def test_our_line_counts_in_every_language_and_takes_what_stands_right_above_it(line: str) -> None:
    mail = f"Yes\n\nWheelhouse (hello@wheelhouse.example) wroat:\n\n{line}\n\n{OURS}"
    found = strip(mail)
    assert (found.text, found.why, found.cut_at) == ("Yes", Why.SEPARATOR, 2)


def test_all_languages_may_share_our_line() -> None:
    line = f"-- {SEPARATORS['de'].strip('- ')} / {SEPARATORS['en'].strip('- ')} --"
    assert strip(f"Ja\n\n{line}\n{OURS}").text == "Ja"


@pytest.mark.parametrize(
    "mail",
    [
        f"{SEPARATORS['en']}\n\nI write below your line.",
        f"> {SEPARATORS['en']}\n> Dear Ms Hale",
        "-- \nMargaret",
        "Sent from my iPhone",
        "On Fri, Nov 20, 2026 at 10:04 AM Wheelhouse <h@w.example> wrote:\nI answer below.",
        "-----Original Message-----\nFrom: Wheelhouse",
        "",
        "   \n\n",
    ],
)
def test_where_nothing_would_be_left_everything_is_shown(mail: str) -> None:
    assert strip(mail).text == mail
    assert strip(mail).why is Why.NOTHING


@pytest.mark.parametrize(
    "mail",
    [
        "Please bring:\n- milk\n- bread\n-- and keep the change --",
        "Best, I think, is Tuesday",
        "On second thought, no.\nOn Tuesday, perhaps.",
        "On Monday you wrote:\nnothing of the bell.\nI ask again.",
        "As Ada wrote:\nall is well.",
        "Am 3.5.2026 schrieb ich:\nnichts.",
        "From: Berlin\nTo: Hamburg\nDate: 20.11.2026 10:00",
        "Name: Hale\nTo: whom it may concern",
        "First\n----------\nSecond\n==========\nThird\n__________\nFourth",
        "```\n> run\n```\ndone",
        "Type this:\n> npm start",
        "Write to Ada on 20.11.2026 or later, best in the morning, at ada <ada@example.com>:\nshe knows.",
        "I have the mail 'Sent from my iPhone' below each of my mails, can I change it?",
        "Sent from my desk, which is easier than my mobile phone.",
        "It was sent from the warehouse on Monday",
        "Hallo,\n\nVon meinem Handy aus kann ich nicht bezahlen",
        "Hallo,\n\nich habe das Foto per Handy gesendet",
        "Hello,\n\nOutlook for some reason fails",
        "Hello,\n\nSent by mail on Monday",
        "你好\n\n从我的手机看不到",
        "안녕하세요\n\n내 휴대폰이 고장났어요",
        "Virenfrei ist mein Rechner nicht",
        "We met on 20.11.2026 at 10:00:\nfive people.",
        "Hallo,\n\nAm 20.11.2026 um 10:04 schickte ich an ada@example.com:\ndas Foto.",
        "Hallo,\n\nAm 20.11.2026 um 10:04 Uhr schrieb mir Ihr Kollege:\nes sei fertig.\nStimmt das?",
        "Hello,\n\nOn 20 November 2026 at 10:04 your colleague wrote:\nit is done.\nIs it?",
        "1. one\n2. two\n3. three",
        "Hello\n--\n" + "\n".join(f"line {number} of the second half" for number in range(30)),
    ],
)
def test_a_persons_words_stay(mail: str) -> None:
    assert strip(mail).text == mail


def test_an_answer_that_runs_into_the_attribution_is_not_lost() -> None:
    mail = "Yes\nand no On Wed, Apr 4, 2026 at 3:59 PM, Wheelhouse <h@w.example> wrote:\n> Hello\n> there\n> you"
    assert "and no" in strip(mail).text


def test_text_above_and_below_a_quotation_stays() -> None:
    mail = "Hello\n\nOn 20 Nov 2026, at 10:04, W <h@w.example> wrote:\n> Dear Ms Hale\n\nI come on Tuesday."
    assert strip(mail).text == "Hello\n\nI come on Tuesday."


def test_a_mail_that_is_passed_on_keeps_its_header_block() -> None:
    mail = "Is this yours?\n\nVon: Ada <ada@a.example>\nGesendet: heute\nAn: Bob\nBetreff: Rechnung\n\nBitte zahlen."
    assert strip(mail, subject="WG: Rechnung").text == mail
    assert strip(mail, subject="AW: WG: Rechnung").text == "Is this yours?"


def test_a_forwarded_mail_within_history_is_history() -> None:
    mail = "Yes\n\n-----Original Message-----\nFrom: x\n\n---------- Forwarded message ----------\nFrom: y"
    assert strip(mail).text == "Yes"


# --- what we sent ----------------------------------------------------------------------------------------


def test_text_that_we_sent_goes_even_without_a_mark_and_wrapped_anew() -> None:
    wrapped = OURS.replace("workshop and can", "workshop\nand can").replace("for you, or", "for\nyou, or")
    found = strip(f"Wheelhouse meinte da:\n\n{wrapped}\n\nTuesday, please.", sent=[OURS])
    assert found.text == "Wheelhouse meinte da:\n\nTuesday, please."
    assert found.why is Why.OURS


def test_an_answer_below_our_text_without_quotation_signs_is_found() -> None:
    mail = f"On Fri, Nov 20, 2026 at 10:04 AM W <h@w.example> wrote:\n\n{SEPARATORS['en']}\n\n{OURS}\n\nTuesday."
    assert strip(mail).text == mail
    assert strip(mail, sent=[OURS]).text == "Tuesday."


def test_a_quotation_whose_lines_were_wrapped_goes_when_it_is_ours() -> None:
    torn = "On 20 Nov 2026, at 10:04, W <h@w.example> wrote:\n> Dear Ms Hale,\n>\n"
    torn += "> your bicycle has come back from the workshop and can be collected\nfrom Monday on.\n"
    torn += "> Shall we keep the old saddle for you, or may we throw\nit away?\n>\n> Kind regards\n> Wheelhouse Cycles"
    assert strip(f"Keep it.\n\n{torn}", sent=[OURS]).text == "Keep it."


@pytest.mark.parametrize("answer", ["Yes", "Ja", "Kind regards", "Shall we keep the old saddle for you,", "Monday on."])
def test_a_short_answer_in_our_words_stays(answer: str) -> None:
    assert strip(f"{answer}\n\nand thank you", sent=[OURS, "Yes", "Ja"]).text == f"{answer}\n\nand thank you"


def test_a_mail_that_repeats_ours_and_nothing_else_is_shown() -> None:
    assert strip(OURS, sent=[OURS]).text == OURS


# --- what the inbox gets ---------------------------------------------------------------------------------


def test_html_alone_shows_the_answer_and_keeps_the_whole_beside_it() -> None:
    html = '<p>Tuesday.</p><div class="gmail_quote"><div class="gmail_attr">On Friday W wrote:</div>'
    html += '<blockquote class="gmail_quote">Which day?</blockquote></div>'
    short, full = shown(Content((Piece(html, html=True),)), "")
    assert short == Text("Tuesday.")
    assert isinstance(full, FullText)
    assert "Which day?" in full.text


def test_html_without_history_is_shown_without_marks() -> None:
    html = '<div id="appendonsend"></div><p>Only this.</p>'
    assert shown(Content((Piece(html, html=True),)), "") == (Text("Only this."),)
