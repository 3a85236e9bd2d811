"""The settings of `hub demo`: every provider is the sandbox. They are fixed, because the hub reads them before it runs.

The values are those of hub.sandbox.seeds, which the hub does not import: the sandbox is a peer (a test compares both).
"""

from pathlib import Path

SANDBOX_HOST = "127.0.0.1"
SANDBOX_PORT = 8010
SANDBOX_SMTP_PORT = 8025
ADDRESSES = ((SANDBOX_HOST, SANDBOX_PORT), (SANDBOX_HOST, SANDBOX_SMTP_PORT))

_SANDBOX_URL = f"http://{SANDBOX_HOST}:{SANDBOX_PORT}"

_URLS = (
    "HUB_TELEGRAM_API_URL",
    "HUB_FACEBOOK_GRAPH_URL",
    "HUB_FACEBOOK_DIALOG_URL",
    "HUB_TWILIO_API_URL",
    "HUB_TWILIO_MESSAGING_URL",
    "HUB_TWILIO_NUMBERS_URL",
    "HUB_TWILIO_CONTENT_URL",
)

_VALUES = {
    "HUB_FACEBOOK_APP_ID": "4420000000000042",
    "HUB_FACEBOOK_APP_SECRET": "556be8b4a09bd351c3969e8a72286ccc",
    "HUB_FACEBOOK_VERIFY_TOKEN": "aae2d8bbd14d06a226d0d4a6",
    "HUB_FACEBOOK_SIGN_UP_CONFIG": "4711",
    "HUB_TWILIO_ACCOUNT_SID": "AC3068d6678ef739f1e8d5de536f732f54",
    "HUB_TWILIO_AUTH_TOKEN": "88d4d267e8fe2a9c101099526565fe01",
    "HUB_MAIL_PRIMARY_URL": f"smtp://{SANDBOX_HOST}:{SANDBOX_SMTP_PORT}?tls=off",
    "HUB_MAIL_FROM": "support@mail.sandbox.example",
    "HUB_MAIL_REPLY_DOMAIN": "reply.sandbox.example",
    "HUB_MAILGUN_SIGNING_KEY": "9a149aefec931ef92803b2ab091a47d2",
}

# what `.env` may say of the real world has no place in a demo
_CLEARED = ("HUB_DATABASE_URL", "HUB_REDIS_URL", "HUB_MAIL_BACKUP_URL", "HUB_PUBLIC_URL")


def environment() -> dict[str, str]:
    """Return the environment that points the hub at the sandbox and at nothing else."""
    return {**dict.fromkeys(_URLS, _SANDBOX_URL), **_VALUES, **dict.fromkeys(_CLEARED, "")}


def sandbox_arguments(data_dir: Path) -> list[str]:
    """Return the arguments of the demo's sandbox; it keeps its phones' messages in the data directory."""
    return [
        "--port",
        str(SANDBOX_PORT),
        "--smtp-port",
        str(SANDBOX_SMTP_PORT),
        "--state",
        str(data_dir.resolve() / "sandbox.json"),
    ]
