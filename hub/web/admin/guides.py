"""The guides of the channel kinds: what to do at the provider, step by step, in the reader's words.

They belong to the kinds: `hub/channels/<kind>/guide.<language>.toml`, beside the adapter that they are about.

    lead        what this connection is, in a sentence or two
    who         what the other side is called
    [[steps]]   title, text, and where it helps link (https), code (to be copied), before anything is connected
    [[after]]   the same, once the channel is there
    [fields.X]  label and hint of a credential
    [sign_in]   label and text of the button that leads to the provider, for kinds that have one

In texts and codes `{base}` stands for the hub's own address, `{channel}` for the channel's id, `{token}` for the intake
token while it is shown.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hub import channels
from hub.types import ChannelKind
from hub.web.language import USUAL, Language, fill

_KINDS = Path(channels.__file__).parent


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do."""

    title: str
    text: str
    link: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """How a credential is asked for. `hint` says where it is found."""

    label: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Guide:
    """What a kind says about being connected. `sign_in` is None where nobody signs in at the provider."""

    lead: str
    who: str
    steps: Sequence[Step]
    after: Sequence[Step]
    fields: Mapping[str, Field]
    sign_in: Field | None


def guide_of(kind: ChannelKind, language: Language, values: Mapping[str, object]) -> Guide:
    """Return a kind's guide; in English where it has none in the language, an empty one where it has none at all."""
    said = _read(kind, language.code) or _read(kind, USUAL) or {}
    sign_in = said.get("sign_in")
    return Guide(
        lead=fill(said.get("lead", ""), values),
        who=said.get("who", ""),
        steps=_steps(said.get("steps", ()), values),
        after=_steps(said.get("after", ()), values),
        fields={name: Field(each["label"], each.get("hint", "")) for name, each in said.get("fields", {}).items()},
        sign_in=Field(sign_in["label"], sign_in.get("hint", "")) if sign_in else None,
    )


def _steps(said: Sequence[Mapping[str, str]], values: Mapping[str, object]) -> Sequence[Step]:
    return [Step(**{name: fill(text, values) for name, text in each.items()}) for each in said]


@cache
def _read(kind: ChannelKind, code: str) -> Mapping[str, Any] | None:
    path = _KINDS / kind / f"guide.{code}.toml"
    return tomllib.loads(path.read_text("utf-8")) if path.is_file() else None
