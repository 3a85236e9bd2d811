"""The sentences of the evidence (`hub/numbers/policy/signals.toml`) in other languages, for mails and for pages."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent


@cache
def evidence_in(language: str) -> Mapping[str, str]:
    """Return English sentence → the same in a language; empty where there are none."""
    path = _HERE / f"evidence.{language}.toml"
    return tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}
