"""What an entry keeps: JSON that reads back the same from both databases, without secrets."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hub.types import Secret

_SECRET_NAME = re.compile(r"password|passwd|secret|token|credential|api_?key|private", re.IGNORECASE)
_MASK = "***"


def storable(value: Any, name: str = "") -> Any:
    """Return a value as JSON that reads back the same from both databases, secrets masked."""
    if isinstance(value, Secret) or (name and value and not _is_flag(value) and _SECRET_NAME.search(name)):
        return _MASK
    match value:
        case None | bool() | int():
            return value
        case str():
            return clean(value)
        case Mapping():
            return {clean(str(key)): storable(item, str(key)) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [storable(item, name) for item in value]
        case datetime():
            return value.isoformat()
        case _:
            return clean(str(value))


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def clean(text: str) -> str:
    """Leave out what no database takes: NUL and half surrogate pairs."""
    return str(text).replace("\x00", "").encode("utf-8", "replace").decode()
