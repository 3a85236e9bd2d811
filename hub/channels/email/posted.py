"""A mail that Mailgun posts taken apart into the fields of a form.

`content-id-map` names the files that the HTML text shows in their place: `{"<id>": "attachment-1"}`.
"""

import json
from typing import Any

from hub.channels.email.content import Content, Piece, finished
from hub.channels.email.files import File, file_name, media_type
from hub.channels.email.forms import FieldList
from hub.channels.email.headers import Headers, from_pairs
from hub.channels.email.pictures import plain_id


def form_headers(form: FieldList) -> Headers:
    """Return `message-headers`, completed by the fields of the same meaning."""
    found = _json(form, "message-headers")
    pairs = (
        [(str(p[0]), str(p[1])) for p in found if isinstance(p, list) and len(p) == 2]
        if isinstance(found, list)
        else []
    )
    named = {name.lower() for name, _ in pairs}
    own = [(name, form.text(name)) for name in ("from", "subject", "message-id") if name not in named]
    return from_pairs([*pairs, *((name, value) for name, value in own if value)])


def form_content(form: FieldList) -> Content:
    """Return texts and files of a posted mail."""
    plain, html = Piece(form.text("body-plain")), Piece(form.text("body-html"), html=True)
    pieces = (html,) if plain.blank and not html.blank else (plain,)
    return finished(Content(pieces, tuple(_files(form)), () if html.blank else (html.text,)))


def _files(form: FieldList) -> list[File]:
    found = _json(form, "content-id-map")
    ids = {str(name): plain_id(str(key)) for key, name in found.items()} if isinstance(found, dict) else {}
    return [
        File(
            # names of fields may repeat, their places do not
            f"field:{at}",
            file_name(item.file_name or ""),
            media_type(item.media_type),
            item.value,
            content_id=ids.get(item.name, ""),
        )
        for at, item in enumerate(form.fields, 1)
        if item.file_name is not None
    ]


def _json(form: FieldList, name: str) -> Any:
    try:
        return json.loads(form.text(name) or "null")
    except (ValueError, RecursionError):
        return None
