"""A working call of every changing command."""

from collections.abc import Callable, Iterator

import click
import pytest
import typer.main
from click.testing import Result
from pydantic import SecretStr
from typer.testing import CliRunner

from hub.cli import app
from hub.ids import new_id
from hub.providers.registry import PROVIDERS
from tests.audit.routes import MAIL, ROUTES, Ask, free_number, to_register
from tests.audit.scene import REASON, Scene

Run = Callable[[], Result]
Preparation = Callable[[Scene, pytest.MonkeyPatch], Run]

EXEMPT = {
    "up": "runs a process",
    "demo": "runs a process",
    "web": "runs a process",
    "worker": "runs a process",
    "scheduler": "runs a process",
    "sandbox": "runs a process",
    "migrate": "changes the schema, before there is a log",
    "doctor": "reads",
    "events list": "reads",
    "events show": "reads",
    "keys list": "reads",
    "providers list": "reads",
    "privacy cases": "reads",
    "privacy verify": "reads",
    "audit list": "reads",
    "bans list": "reads",
    "bans rehearse": "reads",
    "numbers list": "reads",
    "numbers costs": "reads",
    "numbers accounts list": "reads",
    "numbers accounts link": "reads",
    "numbers accounts open": "leaves two entries, that it was asked for and that it is there; tests/numbers/supply",
    "numbers release": "leaves a second entry where a registration is given up; tests/numbers/registering",
    "numbers return": "leaves two entries, that it was asked for and what became of it; tests/numbers/supply",
    "numbers end-quarantine": "waits for the end of a quarantine; tests/numbers/supply",
    "numbers search": "reads",
    "numbers verify": "looks at the supplier; what it finds leaves its own entries, tests/numbers/registering",
    "numbers provide": "does what the others do, each with its entry; tests/numbers/registering",
    "numbers buy": "leaves two entries, that it was asked for and what became of it; tests/numbers/registering",
    "numbers code": "leaves two entries, that a code was entered and what became of it; tests/numbers/registering",
    "audit verify": "reads",
    "privacy export": "asks, makes and fetches: an entry for each; tests/privacy",
    "privacy erase": "asks and erases: an entry for each; tests/privacy",
    "privacy scrub": "rewrites the files of the database and changes no row",
    "retention run": "an entry for each organization that lost something; its own tests count them",
}
"""Commands that are not walked, and why."""


def commands_of_the_hub() -> list[str]:
    return list(_leaves("", typer.main.get_command(app)))


def _leaves(path: str, command: click.Command) -> Iterator[str]:
    children = getattr(command, "commands", None)
    if children is None:
        yield path.strip()
        return
    for name, child in children.items():
        yield from _leaves(f"{path} {name}", child)


def call(scene: Scene, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    """Run a command on the hub of the scene, as a shell would."""
    settings = scene.services.settings
    monkeypatch.chdir(settings.data_dir)
    for name, value in settings.model_dump(exclude_unset=True).items():
        if isinstance(value, str | int | SecretStr) or name == "data_dir":
            plain = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            monkeypatch.setenv(f"HUB_{name.upper()}", plain)
    return CliRunner().invoke(app, list(arguments))


def _command(*arguments: str, subject: Callable[[Scene], str] | None = None) -> Preparation:
    """Call a command with an id that `subject` makes, and a reason."""

    def prepare(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Run:
        given = [subject(scene)] if subject else []
        return lambda: call(scene, monkeypatch, *arguments, *given, "--reason", REASON)

    return prepare


class _Once:
    """The same id for a command and for the one that takes it back."""

    def __init__(self, make: Callable[[Scene], str]) -> None:
        self._make = make
        self._made: dict[int, str] = {}

    def __call__(self, scene: Scene) -> str:
        if id(scene) not in self._made:
            self._made[id(scene)] = self._make(scene)
        return self._made[id(scene)]


def _organization(scene: Scene) -> str:
    return scene.world.organization(f"Other {new_id()}").id


def _mail_channel(scene: Scene) -> str:
    return str(scene.made("/channels", **MAIL)["id"])


def _message(scene: Scene) -> str:
    return scene.failed_message()[1]


def _released(scene: Scene) -> str:
    page = f"2{int(new_id()[-6:], 36) % 10**9:09d}"
    held = scene.held_request(page)
    other = scene.world.organization(f"With a page {page}")
    scene.world.channel(other, "facebook", page, {"page_access_token": "x"})
    return held


def _provider(_scene: Scene) -> str:
    return next(each.id for each in PROVIDERS if each.need == "optional")


def _bootstrap(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Run:
    arguments = ("--organization", "First", "--email", f"{new_id()}@example.com", "--password", "a long enough one")
    return lambda: call(scene, monkeypatch, "bootstrap", *arguments, "--force", "--reason", REASON)


def _destroy(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Run:
    doomed = scene.made("/platform/organizations", name="Doomed", owner_email=f"{new_id()}@example.com")["id"]
    return lambda: call(scene, monkeypatch, "keys", "destroy", "--organization", doomed, "--yes", "--reason", REASON)


def _of(line: tuple[str, str]) -> Callable[[Scene], str]:
    """Return what makes the id of that which a line of the API is tried on."""
    return lambda scene: ROUTES[line](scene).id


def _on_number(make: Callable[[Scene], Ask], *arguments: str) -> Preparation:
    """Call `hub numbers …` with the id of a number that `make` prepares."""

    def prepare(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Run:
        asked = make(scene)
        customer = (asked.content or {})["json"]["organization_id"]
        verb, *more = (each.replace("ORGANIZATION", customer) for each in arguments)
        return lambda: call(scene, monkeypatch, "numbers", verb, asked.id, *more, "--reason", REASON)

    return prepare


_OTHER, _MAIL, _SAID, _PERSON = _Once(_organization), _Once(_mail_channel), _Once(_message), _Once(Scene.contact)

COMMANDS: dict[str, Preparation] = {
    "bootstrap": _bootstrap,
    "events replay": _command("events", "replay", subject=lambda scene: str(scene.failed_event())),
    "events release": _command("events", "release", subject=_released),
    "events discard": _command("events", "discard", subject=lambda scene: scene.held_request("2999999999")),
    "suspend organization": _command("suspend", "organization", subject=_OTHER),
    "resume organization": _command("resume", "organization", subject=_OTHER),
    "suspend channel": _command("suspend", "channel", subject=_MAIL),
    "resume channel": _command("resume", "channel", subject=_MAIL),
    "suspend message": _command("suspend", "message", subject=_SAID),
    "resume message": _command("resume", "message", subject=_SAID),
    "providers activate": _command("providers", "activate", subject=_provider),
    "providers deactivate": _command("providers", "deactivate", subject=_provider),
    "privacy restrict": _command("privacy", "restrict", subject=_PERSON),
    "privacy unrestrict": _command("privacy", "unrestrict", subject=_PERSON),
    "numbers register": _on_number(
        to_register, "register", "--organization", "ORGANIZATION", "--kind", "whatsapp", "--name", "Bakery"
    ),
    "numbers forward": _on_number(free_number, "forward", "+4930901821"),
    "numbers add": _command("numbers", "add", "--carries", "sms", subject=lambda _: "+12025550178"),
    "numbers cost": _on_number(free_number, "cost", "1.15", "USD"),
    "numbers give-up-registration": _command(
        *("numbers", "give-up-registration", "--kind", "whatsapp"),
        subject=_of(("POST", "/platform/numbers/{id}/give-up-registration")),
    ),
    "numbers reinstate": _command(
        "numbers", "reinstate", "--kind", "sms", subject=_of(("POST", "/platform/numbers/{id}/reinstate"))
    ),
    "numbers accounts trust": _command(
        *("numbers", "accounts", "trust", "--portfolio", "verified"),
        subject=_of(("PATCH", "/platform/provider-accounts/{id}")),
    ),
    "numbers assign": _on_number(free_number, "assign", "--organization", "ORGANIZATION", "--kind", "sms"),
    "keys rotate": _command("keys", "rotate"),
    "keys destroy": _destroy,
    "audit export": _command("audit", "export"),
}
