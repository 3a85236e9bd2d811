"""Who works in the demo's shop, which channels it has, and what is said and shown on them."""

from collections.abc import Mapping
from dataclasses import dataclass

ORGANIZATION = "Demo"
DOMAIN = "demo.example"
OWNER = f"owner@{DOMAIN}"


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who answers. `group` is the name of theirs."""

    login: str
    name: str
    group: str

    @property
    def email(self) -> str:
        return f"{self.login}@{DOMAIN}"


@dataclass(frozen=True, slots=True)
class Line:
    """One channel of the shop. `number` names the seed number it lives on: with or without a WhatsApp sender."""

    kind: str
    name: str
    group: str
    number: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is; degrees, north and east positive."""

    latitude: float
    longitude: float
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Writes:
    """The customer writes. `files` are media kinds of the sandbox's samples; several of them are one album."""

    text: str = ""
    files: tuple[str, ...] = ()
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Presses:
    """The customer presses a button of the shop's newest message that has one of this label."""

    label: str


@dataclass(frozen=True, slots=True)
class Reacts:
    """The customer reacts to the shop's newest message."""

    emoji: str


@dataclass(frozen=True, slots=True)
class Answers:
    """The shop answers. `files` as of Writes; `buttons` are answers to choose from.

    template   name of an approved template, which goes alone; `values` are the texts of its variables, in their order
    """

    text: str = ""
    files: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()
    place: Place | None = None
    template: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Marks:
    """The shop reacts to the customer's newest message."""

    emoji: str


Turn = Writes | Presses | Reacts | Answers | Marks


@dataclass(frozen=True, slots=True)
class Dialogue:
    """What a customer on one phone and the shop say in turns; the customer begins.

    person   the key of one of the sandbox's people, or a name that gets an address there
    """

    kind: str
    person: str
    name: str
    turns: tuple[Turn, ...]
    subject: str = ""


OPERATORS = (
    Operator("anna", "Anna Berger", "Sales"),
    Operator("marek", "Marek Novak", "Support"),
    Operator("leila", "Leila Haddou", "Support"),
)

LINES = (
    Line("telegram", "Shop on Telegram", "Sales"),
    Line("facebook", "Shop on Messenger", "Sales"),
    Line("whatsapp", "Support on WhatsApp", "Support", number=True),
    Line("sms", "Support by SMS", "Support", number=True),
    Line("email", "Support by e-mail", "Support"),
)

SHOP_FILES = {"image": ("shop.jpg", "image/jpeg"), "file": ("invoice-2041.pdf", "application/pdf")}
"""Media kind → name and content type of what the shop sends of it."""

SHOP = Place(53.5507, 9.9930, "Bike shop", "Rathausmarkt 1, Hamburg")
CORNER = Place(53.5615, 9.9150, "Where the delivery should go", "Bahrenfelder Strasse 12, Hamburg")

DIALOGUES = (
    Dialogue("telegram", "tara", "Tara Lindqvist", (
        Writes("Hi! Do you still have the blue trekking bike in size M?"),
        Answers("Hello Tara, yes, two of them are left. Here is one.", files=("image",)),
        Reacts("\N{HEAVY BLACK HEART}"),
        Writes("These two are the ones I compared.", files=("image", "image")),
        Writes(files=("voice",)),
        Writes(place=CORNER),
        Answers("When would you like to pick it up?", buttons=("Friday", "Saturday")),
        Presses("Saturday"),
        Marks("\N{THUMBS UP SIGN}"),
        Answers("This is where you find us.", place=SHOP),
        Writes("Thank you, see you on Saturday morning."),
    )),
    Dialogue("facebook", "felix", "Felix Moreau", (
        Writes("Good morning, are you open on Monday? It is a public holiday here."),
        Answers("Good morning Felix, we are closed on Monday and back on Tuesday at nine.", files=("image",)),
        Reacts("\N{THUMBS UP SIGN}"),
        Writes("This is my saddle, do you have it?", files=("image",)),
        Marks("\N{HEAVY BLACK HEART}"),
        Writes(files=("sticker",)),
        Answers("Shall I order one for you?", buttons=("Yes, please", "No, thanks")),
        Presses("Yes, please"),
    )),
    Dialogue("whatsapp", "wanda", "Wanda Okafor", (
        Writes("My order 4711 was due on Wednesday and has not come yet. This is where it should go.", place=CORNER),
        Writes("And this is the part that is missing.", files=("image",)),
        Answers("Thank you Wanda. It looks like this one, right?", files=("image",)),
        Answers("Where shall the parcel wait for you?", buttons=("At home", "In the shop")),
        Answers(place=SHOP),
        Writes(files=("voice",)),
        Answers(template="order_update", values=("Wanda", "4711")),
    )),
    Dialogue("sms", "samir", "Samir Haddad", (
        Writes("The repair of my e-bike was promised for today. Is it ready?"),
        Answers("It is ready, Samir. You can pick it up until 6 pm."),
        Writes("Great, thank you!"),
    )),
    Dialogue("email", "erika", "Erika Jansen", (
        Writes("Dear team,\n\nthe invoice for our ten office bikes still names our old address. "
               "Could you send a corrected one?\n\nKind regards\nErika Jansen", files=("file",)),
        Answers("Dear Erika,\n\nhere is the corrected one.\n\nYour bike shop", files=("file",)),
        Writes("That is right now, thank you. And this is how the bikes look at our door.", files=("image",)),
    ), subject="Invoice 2041: wrong address"),
    Dialogue("telegram", "noor", "Noor de Vries", (
        Writes("Can I pay in three instalments?"),
    )),
    Dialogue("whatsapp", "jonas", "Jonas Weber", (
        Writes("Die Leuchte blinkt zweimal und geht dann aus. Könnt ihr mir eine neue bringen?", files=("image",)),
        Answers(template="lieferung", values=("Jonas", "Dienstag")),
        Presses("Ja, passt"),
    )),
)  # fmt: skip

NOTIFYING = {"people": True, "unread_minutes": 60, "operators": True, "waiting_minutes": 60}
"""The organization's wishes: so late that no mail comes between while somebody tries the demo out."""

TELLS_WHOLE_SECONDS = frozenset({"telegram"})
"""Kinds whose messages carry their time in whole seconds."""

NUMBER_HAS_SENDER: Mapping[str, bool] = {"whatsapp": True, "sms": False}
"""Which of the sandbox's numbers a kind takes: one that has a WhatsApp sender, or one that has none."""
