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
from tests.audit.routes import MAIL
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
    "keys rotate": _command("keys", "rotate"),
    "keys destroy": _destroy,
    "audit export": _command("audit", "export"),
}
