"""Message templates filled in: what the person will read, before anything is sent."""

import re
from collections.abc import Mapping, Sequence

from hub.errors import Invalid

_VARIABLE = re.compile(r"\{\{\s*([A-Za-z0-9_]{1,16})\s*\}\}")


def preview(text: str, values: Mapping[str, str]) -> str:
    """Return a template's text with `{{name}}` replaced by its value; a variable without a value stays as it is."""
    return _VARIABLE.sub(lambda found: values.get(found[1]) or found[0], text)


def fill(text: str, variables: Sequence[str], values: Mapping[str, str]) -> str:
    """Return the text to be sent. Raises Invalid naming the values that are missing, and those that have no place."""
    missing = [name for name in variables if not values.get(name, "").strip()]
    if missing:
        raise Invalid(f"the template needs a value for {', '.join(missing)}; fill it in")
    surplus = sorted(set(values) - set(variables))
    if surplus:
        raise Invalid(f"the template has no place for {', '.join(surplus)}; leave it out")
    return preview(text, values)
