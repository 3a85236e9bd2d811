"""The documentation, checked against the code: what it names exists, and what exists is named."""

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from http import HTTPStatus
from pathlib import Path

import pytest
import typer

from hub.channels.base import Adapter
from hub.channels.doors import Route
from hub.channels.registry import _CLASSES
from hub.cli import app
from hub.failpoints import FAILPOINTS
from hub.settings import Settings
from hub.types import Capabilities
from tests.parsing import parsed

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
WALKTHROUGH = DOCS / "walkthrough.md"


def _pages() -> list[Path]:
    """Every page of documentation a reader may open."""
    near = [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "hub").rglob("*.md"), *(ROOT / "tests").rglob("*.md")]
    return sorted(page for page in near if page.name != "VENDORED.md")


PAGES = _pages()
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]


def _prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)


# --- what pages name, exists ----------------------------------------------------------------------------

_CODE = re.compile(r"`((?:hub|workers|tests|docs|benchmarks)/[^`\s<>{}…*]+)`")


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_file_and_name_of_the_code_that_a_page_names_exists(page: Path) -> None:
    assert [named for named in _CODE.findall(_prose(page)) if not _exists(named)] == []


def test_the_walkthrough_and_the_compliance_table_name_much_of_the_code() -> None:
    """If the pattern above stopped matching, the test above would see nothing."""
    assert len(set(_CODE.findall(WALKTHROUGH.read_text()))) >= 40
    assert len(_CODE.findall((DOCS / "compliance.md").read_text())) >= 20


def _exists(named: str) -> bool:
    path, _, name = named.partition("::")
    file = ROOT / path
    if not name:
        return file.exists()
    return file.is_file() and name in _defined(file)


@cache
def _defined(file: Path) -> frozenset[str]:
    """Names a module defines, those of a class with the class before them."""
    return frozenset(_names(parsed(file.read_text()).body, ""))


def _names(body: list[ast.stmt], prefix: str) -> Iterator[str]:
    for node in body:
        match node:
            case ast.ClassDef(name=name):
                yield prefix + name
                yield from _names(node.body, f"{prefix}{name}.")
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield prefix + name
            case ast.Assign(targets=targets):
                yield from (prefix + each.id for each in targets if isinstance(each, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield prefix + name


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_link_between_pages_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", _prose(page))
    near = [target.partition("#")[0] for target in targets if not re.match(r"[a-z]+:|#", target)]
    assert [target for target in near if not (page.parent / target).exists()] == []


def test_every_make_target_a_page_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        (page.name, name)
        for page in PAGES
        for name in re.findall(r"(?:`|^ {4})make ([a-z-]*[a-z])", page.read_text(), re.M)
    }
    assert {name for _, name in named} >= {"run", "test", "check"}
    assert [each for each in sorted(named) if each[1] not in targets] == []


def test_the_readme_begins_with_the_two_commands() -> None:
    commands = re.findall(r"^ {4}make (\w+)", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert commands[:2] == ["run", "test"]


# --- what exists, is named ------------------------------------------------------------------------------


def test_every_failpoint_stands_in_the_walkthrough() -> None:
    named = [name for name in re.findall(r"`([a-z]+\.[a-z_]+)`", WALKTHROUGH.read_text()) if name in FAILPOINTS]
    assert set(named) == set(FAILPOINTS)


def test_every_setting_is_documented_and_no_other_is() -> None:
    known = {f"HUB_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"^\| `(HUB_[A-Z0-9_]+)`", (DOCS / "settings.md").read_text(), re.MULTILINE)) == known
    named = {name for page in PAGES for name in re.findall(r"\bHUB_[A-Z0-9_]+[A-Z]\b", page.read_text())}
    assert named - known <= {"HUB_FAILPOINT_FILE", "HUB_SCREENSHOTS"}


def test_every_row_of_the_generated_tables_has_as_many_cells_as_its_head() -> None:
    for name in ("settings.md", "commands.md"):
        rows = [line for line in (DOCS / name).read_text().splitlines() if line.startswith("|")]
        assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {4}


def test_every_command_is_documented_and_no_other_is() -> None:
    known = set(_commands("hub", typer.main.get_command(app)))
    assert set(re.findall(r"^\| `(hub [a-z -]+)`", (DOCS / "commands.md").read_text(), re.MULTILINE)) == known
    ours = [page for page in PAGES if page.parent == ROOT or page.is_relative_to(DOCS)]
    groups = {name.rpartition(" ")[0] for name in known if name.count(" ") >= 2}
    words = "|".join(group.removeprefix("hub ") for group in sorted(groups, reverse=True))
    command = re.compile(rf"(?:`| {{4}}(?:\S*/)?)(hub (?:(?:{words}) )?[a-z-]+)\b")
    named = {name for page in ours for name in command.findall(page.read_text())}
    assert named - known - groups == set()


def _commands(path: str, command: object) -> Iterator[str]:
    children = getattr(command, "commands", None)
    if children is None:
        yield path
        return
    for name, child in children.items():
        yield from _commands(f"{path} {name}", child)


def test_every_webhook_route_stands_in_the_table_with_its_answers() -> None:
    expected = list(dict.fromkeys(_route_row(route) for adapter in _CLASSES for route in adapter.routes))
    rows = [line for line in (DOCS / "webhooks.md").read_text().splitlines() if line.startswith("| `/webhooks/")]
    assert rows == expected


def _route_row(route: Route) -> str:
    cells = (
        f"`{route.path}`",
        ", ".join(route.methods),
        f"{route.max_body >> 20} MiB",
        HTTPStatus(route.accepted.status).value,
        HTTPStatus(route.forged.status).value,
    )
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def test_every_kind_stands_in_the_table_of_channels_with_what_it_can_do() -> None:
    rows = [line for line in (DOCS / "channels" / "README.md").read_text().splitlines() if line.startswith("| [")]
    assert rows == [_kind_row(adapter) for adapter in _CLASSES]


def _kind_row(adapter: type[Adapter]) -> str:
    can = adapter.capabilities
    cells = (
        f"[{adapter.kind}]({adapter.kind}.md)",
        ", ".join(f"`{field.name}`" for field in adapter.credential_fields) or "by number assignment",
        can.text_limit,
        _said(can.receipts),
        "always" if can.reply_window is None else f"{can.reply_window // 3600} h",
        _said(can.polls),
        _said(can.recovers),
        f"{can.sends_per_second:g}",
    )
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _said(yes: bool) -> str:
    return "yes" if yes else "no"


def test_every_capability_is_explained() -> None:
    page = (DOCS / "channels" / "README.md").read_text()
    assert [field.name for field in fields(Capabilities) if f"`{field.name}`" not in page] == []


@pytest.mark.parametrize("adapter", _CLASSES, ids=[str(adapter.kind) for adapter in _CLASSES])
def test_every_kind_says_how_it_is_connected(adapter: type[Adapter]) -> None:
    page = (DOCS / "channels" / f"{adapter.kind}.md").read_text()
    assert [field.name for field in adapter.credential_fields if f'"{field.name}"' not in page] == []
    assert f'"kind":"{adapter.kind}"' in page
    assert (ROOT / "hub" / "channels" / adapter.kind / "README.md").is_file()


def test_the_readme_names_every_kind_with_its_limit() -> None:
    text = (ROOT / "README.md").read_text()
    rows = {
        row.split("](docs/channels/")[1].split(".md")[0]: row
        for row in text.splitlines()
        if row.startswith("| [") and "/channels/" in row
    }
    missing = [
        adapter.kind
        for adapter in _CLASSES
        if not rows.get(adapter.kind, "").endswith(f"| {adapter.capabilities.text_limit:,} |")
    ]
    assert missing == []


def test_every_decision_record_stands_in_their_index() -> None:
    index = (DOCS / "adr" / "README.md").read_text()
    records = sorted(file.name for file in (DOCS / "adr").glob("0*.md"))
    assert [name for name in records if f"({name})" not in index] == []


def test_the_changelog_has_an_unreleased_section_with_something_in_it() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    _, _, unreleased = text.partition("\n## Unreleased\n")
    assert re.search(r"^- \S", unreleased.partition("\n## ")[0], re.MULTILINE)


def test_every_row_of_the_compliance_table_names_a_requirement_and_a_test() -> None:
    rows = [line for line in (DOCS / "compliance.md").read_text().splitlines() if re.match(r"\| [A-Z]\d", line)]
    assert len(rows) >= 20
    bad = [row for row in rows if not re.fullmatch(r"\| [A-L]\d+ \| [^|]+ \|( `tests/[\w/]+\.py::test_\w+`)+ \|", row)]
    assert bad == []
