"""Write what is generated from the code: the pages named in PAGES. `--check` only compares."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click
import typer
from capability_matrix import channels_page
from numbers_page import numbers_page
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from hub.cli import app
from hub.providers.registry import OWN_SERVER, PROVIDERS, REGISTRY_VERSION, Provider
from hub.settings import Settings

_ROOT = Path(__file__).parent.parent

_SETTINGS_HEAD = """\
# Settings

Read from the environment and from a file `.env` in the working directory; the environment wins. A wrong value stops the
start with one sentence that names it. A feature whose settings are absent is off and says so.

This page is generated from `hub/settings.py` by `make docs`.

| setting | default | is |
| --- | --- | --- |
"""

_COMMANDS_HEAD = """\
# Commands

This page is generated from `hub/cli` by `make docs`. Every command explains itself with `--help`.

| command | options | does |
| --- | --- | --- |
"""

_PROVIDERS_HEAD = """\
# Providers

Every company the hub may send data to, with what goes there and why. Connections to any other host are refused. An
inherent provider is used by the channels that a customer connects. An optional one is off until somebody who runs the
hub activates it (`hub providers activate`); when this registry changes afterwards, `hub doctor` asks to look again.
A chosen one is named by an organization, gets data of that organization only, and must be on the public internet.
Version: REGISTRY_VERSION.

Names of companies, regions and legal bases are what the hub assumes. Compare them with your own contracts, and with the
hosts your settings name, before you activate a provider or connect its channels.

This page is generated from `hub/providers/registry.py` by `make docs`.

| id | company | need | for |
| --- | --- | --- | --- |
"""

_ENV_HEAD = """\
# Every setting of the hub, with its default. Copy to .env and set what you need; docs/settings.md explains them.
# Generated from hub/settings.py by `make docs`.
"""


def settings_page() -> str:
    """Return the table of all settings."""
    rows = (
        f"| `{_variable(name)}` | {_code(_default(field))} | {_cell(field.description)} |"
        for name, field in Settings.model_fields.items()
    )
    return _SETTINGS_HEAD + "\n".join(rows) + "\n"


def env_example() -> str:
    """Return .env.example: every setting, commented out."""
    blocks = (
        f"\n# {field.description}\n# {_variable(name)}={_default(field)}\n"
        for name, field in Settings.model_fields.items()
    )
    return _ENV_HEAD + "".join(blocks)


def commands_page() -> str:
    """Return the table of all commands with their options."""
    root = typer.main.get_command(app)
    rows = (
        f"| `{path}` | {_options(command)} | {_first_sentence(command)} |" for path, command in _leaves("hub", root)
    )
    return _COMMANDS_HEAD + "\n".join(rows) + "\n"


def providers_page() -> str:
    """Return the registry of providers: a table of all, then one section each."""
    listed = (*PROVIDERS, OWN_SERVER)
    rows = (f"| [{p.id}](#{p.id}) | {_cell(p.name)} | {p.need} | {_cell(p.purpose)} |" for p in listed)
    head = _PROVIDERS_HEAD.replace("REGISTRY_VERSION", REGISTRY_VERSION)
    return head + "\n".join(rows) + "\n" + "".join(map(_provider_section, listed))


def _provider_section(provider: Provider) -> str:
    media = "; ".join(f"`*.{each.domain}` ({each.source})" for each in provider.media)
    lines = (
        ("company", provider.name),
        ("for", provider.purpose),
        ("data", "; ".join(provider.data)),
        ("region", provider.region),
        ("basis", provider.basis),
        ("need", provider.need),
        ("hosts", ", ".join(f"that of `{variable}`" for variable in provider.variables)),
        ("hosts of its files", media or "none"),
        ("reviewed", provider.reviewed.isoformat()),
    )
    rows = "".join(f"| {name} | {_cell(text)} |\n" for name, text in lines)
    return f"\n## {provider.id}\n\n| | |\n| --- | --- |\n{rows}"


def _variable(name: str) -> str:
    return "HUB_" + name.upper()


def _default(field: FieldInfo) -> str:
    value = field.get_default()
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    return "" if value is None else str(value)


def _code(text: str) -> str:
    return f"`{text}`" if text else "unset"


def _cell(text: str | None) -> str:
    """Return a text for a cell of a table: a bar of its own would begin the next one."""
    return (text or "").replace("|", "\\|")


def _leaves(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    children = getattr(command, "commands", None)
    if children is None:
        yield path, command
        return
    for name, child in children.items():
        yield from _leaves(f"{path} {name}", child)


def _options(command: click.Command) -> str:
    options = [f"`{p.opts[0]}`" if p.opts[0].startswith("-") else f"`{p.name}`" for p in command.params]
    return " ".join(options)


def _first_sentence(command: click.Command) -> str:
    return " ".join((command.help or "").split("\n\n")[0].split())


PAGES = {
    "docs/settings.md": settings_page,
    "docs/commands.md": commands_page,
    "docs/providers.md": providers_page,
    "docs/channels.md": channels_page,
    "docs/numbers.md": numbers_page,
    ".env.example": env_example,
}


def main(arguments: list[str]) -> int:
    """Write the pages, or with `--check` name those that differ; return the exit code."""
    pages = {_ROOT / name: make() for name, make in PAGES.items()}
    if "--check" not in arguments:
        for file, text in pages.items():
            file.write_text(text)
        return 0
    stale = [str(file.relative_to(_ROOT)) for file, text in pages.items() if not _is(file, text)]
    if stale:
        print(f"{', '.join(stale)}: not what the code says; run `make docs`", file=sys.stderr)  # noqa: T201
    return 1 if stale else 0


def _is(file: Path, text: str) -> bool:
    return file.exists() and file.read_text() == text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
