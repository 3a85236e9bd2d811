"""Who works in the demo's shop, which channels it has, and what its customers write."""

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
class Dialogue:
    """A customer on one phone: what is said in turns, the customer first, the shop second, and so on.

    person   the key of one of the sandbox's people, or a name that gets an address there
    """

    kind: str
    person: str
    name: str
    turns: tuple[str, ...]
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

DIALOGUES = (
    Dialogue("telegram", "tara", "Tara Lindqvist", (
        "Hi! Do you still have the blue trekking bike in size M?",
        "Hello Tara, yes, two of them are left. Shall I put one aside for you until Saturday?",
        "Yes please, I will come by on Saturday morning.",
    )),
    Dialogue("facebook", "felix", "Felix Moreau", (
        "Good morning, are you open on Monday? It is a public holiday here.",
        "Good morning Felix, we are closed on Monday and back on Tuesday at nine.",
    )),
    Dialogue("whatsapp", "wanda", "Wanda Okafor", (
        "My order 4711 was due on Wednesday and has not come yet. Can you see where it is?",
    )),
    Dialogue("sms", "samir", "Samir Haddad", (
        "The repair of my e-bike was promised for today. Is it ready?",
        "It is ready, Samir. You can pick it up until 6 pm.",
        "Great, thank you!",
    )),
    Dialogue("email", "erika", "Erika Jansen", (
        "Dear team,\n\nthe invoice for our ten office bikes still names our old address. "
        "Could you send a corrected one?\n\nKind regards\nErika Jansen",
    ), subject="Invoice 2041: wrong address"),
    Dialogue("telegram", "noor", "Noor de Vries", (
        "Can I pay in three instalments?",
    )),
    Dialogue("whatsapp", "jonas", "Jonas Weber", (
        "The light you sent me blinks twice and then goes out. What can I do?",
    )),
)  # fmt: skip

NUMBER_HAS_SENDER: Mapping[str, bool] = {"whatsapp": True, "sms": False}
"""Which of the sandbox's numbers a kind takes: one that has a WhatsApp sender, or one that has none."""
