"""Vendored scripts are exactly what VENDORED.md says, and pages load nothing from elsewhere."""

import hashlib
import re
from pathlib import Path

import pytest

from hub.web.rendering import STATIC

VENDOR = STATIC / "vendor"
TEMPLATES = STATIC.parent / "templates"
ROWS = re.findall(r"^\| (\S+\.js) \|.*\| ([0-9a-f]{64}) \|$", (VENDOR / "VENDORED.md").read_text(), re.MULTILINE)
PAGES = sorted(TEMPLATES.rglob("*.html"))


@pytest.mark.parametrize(("name", "checksum"), ROWS)
def test_a_vendored_script_has_the_checksum_it_is_listed_with(name: str, checksum: str) -> None:
    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == checksum


def test_every_vendored_script_is_listed() -> None:
    assert {name for name, _ in ROWS} == {file.name for file in VENDOR.glob("*.js")}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_template_has_no_inline_script_or_style_and_loads_nothing_from_elsewhere(page: Path) -> None:
    source = page.read_text()
    assert not re.search(r"<script(?![^>]*\ssrc=)", source), "scripts come from files: the content security policy"
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", source)
    assert not re.search(r"""(src|href|action)=["']\w+://""", source)


def test_every_icon_a_template_names_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "icons.svg").read_text()))
    named = {name for page in PAGES for name in re.findall(r"""(?:icon|empty)\("([a-z-]+)\"""", page.read_text())}
    assert named
    assert named <= sprite
