"""Message templates as Twilio's Content API lists them, with WhatsApp's word on each (facts C3)."""

import re
from collections.abc import Mapping
from typing import Any

from hub.types import JsonObject, TemplateView

_TEXTS = ("body", "title", "header_text")
"""Where a content type has the text that is shown; the first that is there."""
_VARIABLE = re.compile(r"\{\{\s*([A-Za-z0-9_]{1,16})\s*\}\}")
UNSUBMITTED = "unsubmitted"


def template(found: JsonObject) -> TemplateView | None:
    """Return one listed content as a template; None for a content without any text, which nobody could choose by."""
    types, approval = _mapping(found.get("types")), _mapping(found.get("approval_requests"))
    shape = next((shape for shape in map(_mapping, types.values()) if _text(shape)), None)
    sid = found.get("sid")
    if shape is None or not isinstance(sid, str) or not sid:
        return None
    return TemplateView(
        external_id=sid,
        name=str(approval.get("name") or found.get("friendly_name") or sid[-6:])[:200],
        language=str(found.get("language") or "")[:40],
        text=_shown(shape),
        variables=_variables(found, types),
        category=str(approval.get("category") or "").lower()[:40],
        status=str(approval.get("status") or UNSUBMITTED).lower()[:40],
    )


def _shown(shape: Mapping[str, Any]) -> str:
    """Return the text with the labels of its buttons below it, each in brackets."""
    actions = shape.get("actions")
    labels = [str(_mapping(each).get("title") or "") for each in actions] if isinstance(actions, list) else []
    footer = str(shape.get("subtitle") or shape.get("footer") or "")
    lines = [_text(shape), footer, " ".join(f"[{label}]" for label in labels if label)]
    return "\n".join(line for line in lines if line)


def _text(shape: Mapping[str, Any]) -> str:
    return next((str(shape[name]) for name in _TEXTS if shape.get(name)), "")


def _variables(found: JsonObject, types: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the variables by number, then by name; also those of a link or a picture, which no text shows."""
    names = {*_mapping(found.get("variables")), *_VARIABLE.findall(str(types))}
    return tuple(sorted(names, key=lambda name: (not name.isdigit(), int(name) if name.isdigit() else 0, name)))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
