"""A mail that repeats what we had sent is read again, knowing it."""

from hub.channels.email.rereading import reread
from hub.types import FullText, MessageReceived, Person, Text

OURS = "Good morning Carla,\nyour parcel left our house on Friday and is with the carrier now.\nKind regards\nBen"


def mail(text: str) -> MessageReceived:
    return MessageReceived("m1", Person("carla@mail.example"), (Text(text),), topic="Re: Parcel")


def test_lines_that_are_ours_go_whatever_quotes_them_and_the_full_text_stays() -> None:
    text = f"Thank you!\n\n{OURS}\n"
    found = reread(mail(text), [OURS])
    assert found.parts == (Text("Thank you!"), FullText(text))


def test_without_ours_in_it_nothing_changes() -> None:
    event = mail("Thank you!\n\nHere is my other question.")
    assert reread(event, [OURS]) is event
    assert reread(mail(OURS), []).parts == (Text(OURS),)


def test_a_mail_of_nothing_but_our_words_keeps_them() -> None:
    assert reread(mail(OURS), [OURS]).parts[0] == Text(OURS)
