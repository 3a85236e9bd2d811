"""What the sandbox is born with: bots, pages, numbers, keys, people. Always the same, and none of it real."""

import hashlib
from dataclasses import dataclass


def derive(name: str, length: int = 32) -> str:
    """Return `length` (at most 64) hex digits that only depend on `name`."""
    return hashlib.sha256(f"sandbox {name}".encode()).hexdigest()[:length]


@dataclass(frozen=True)
class Persona:
    """A customer on one of the five phones. `address` is the provider's id of them."""

    key: str
    channel: str
    name: str
    address: str


@dataclass(frozen=True)
class BotSeed:
    id: int
    name: str
    username: str
    token: str


@dataclass(frozen=True)
class PageSeed:
    id: str
    name: str
    token: str


@dataclass(frozen=True)
class NumberSeed:
    sid: str
    number: str
    name: str
    sender_sid: str = ""
    """Sid of the WhatsApp sender on this number, "" when there is none."""


def _bot(number: int, name: str, username: str) -> BotSeed:
    bot_id = 7_100_000_100 + number
    return BotSeed(bot_id, name, username, f"{bot_id}:{derive(f'bot {number}', 35)}")


def _page(number: int, name: str) -> PageSeed:
    return PageSeed(f"10200000000000{number}", name, "EAAS" + derive(f"page {number}", 48))


def _number(number: str, name: str, *, whatsapp: bool) -> NumberSeed:
    sender = "XE" + derive(f"sender {number}") if whatsapp else ""
    return NumberSeed("PN" + derive(f"number {number}"), number, name, sender)


PERSONAS = (
    Persona("tara", "telegram", "Tara Lindqvist", "710000001"),
    Persona("felix", "facebook", "Felix Moreau", "24010000000000001"),
    Persona("wanda", "whatsapp", "Wanda Okafor", "+4915254599371"),
    Persona("samir", "sms", "Samir Haddad", "+12025550199"),
    Persona("erika", "email", "Erika Jansen", "erika@customers.example"),
)

BOTS = (
    _bot(1, "Sandbox Shop", "sandbox_shop_bot"),
    _bot(2, "Sandbox Spare One", "sandbox_spare_one_bot"),
    _bot(3, "Sandbox Spare Two", "sandbox_spare_two_bot"),
)
PAGES = (_page(1, "Sandbox Shop"), _page(2, "Sandbox Travel"))

# German numbers of the range kept free for films and the North American 555-01XX range: nobody owns them.
NUMBERS = (
    _number("+4915228817386", "Support WhatsApp", whatsapp=True),
    _number("+4915228895456", "Support SMS", whatsapp=False),
    _number("+12025550142", "Sales WhatsApp", whatsapp=True),
    _number("+12025550143", "Sales SMS", whatsapp=False),
)

APP_ID = "4420000000000042"
APP_SECRET = derive("app secret")
APP_VERIFY_TOKEN = derive("verify token", 24)
ACCOUNT_SID = "AC" + derive("account")
ACCOUNT_TOKEN = derive("account token")
MAILGUN_SIGNING_KEY = derive("mailgun signing key")
MAIL_DOMAIN = "mail.sandbox.example"
MAIL_REPLY_DOMAIN = "reply.sandbox.example"
MAILBOX = f"support@{MAIL_DOMAIN}"


def as_json(host: str, port: int, smtp_port: int) -> dict[str, object]:
    """Return every seed with the addresses of the running servers: all a program needs to connect the hub."""
    root = f"http://{host}:{port}"
    return {
        "urls": {"http": root, "smtp": f"smtp://{host}:{smtp_port}?tls=off", "page": f"{root}/"},
        "telegram": {"bots": [vars(bot) for bot in BOTS]},
        "facebook": {
            "app_id": APP_ID,
            "app_secret": APP_SECRET,
            "verify_token": APP_VERIFY_TOKEN,
            "pages": [vars(page) for page in PAGES],
        },
        "twilio": {
            "account_sid": ACCOUNT_SID,
            "auth_token": ACCOUNT_TOKEN,
            "numbers": [{**vars(n), "whatsapp": bool(n.sender_sid)} for n in NUMBERS],
        },
        "email": {
            "mailgun_signing_key": MAILGUN_SIGNING_KEY,
            "domain": MAIL_DOMAIN,
            "reply_domain": MAIL_REPLY_DOMAIN,
            "address": MAILBOX,
        },
        "personas": [vars(persona) for persona in PERSONAS],
    }
