"""What a user says, as values: text, files they uploaded, choices, places, cards, and templates filled in."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hub.conversations.parts import storable
from hub.db import attachments, templates
from hub.db.attachments import StoredFile
from hub.db.session import Tx
from hub.db.templates import APPROVED, TemplateRecord
from hub.errors import Conflict, Invalid, NotFound
from hub.types import Button, Buttons, ContactCard, FileState, Location, Media, Part, Said, Template

_VARIABLE = re.compile(r"\{\{\s*([^{}\s]+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class TemplateChoice:
    """A message template, by our id of it, and what stands in for its variables."""

    id: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a user says.

    reply_to      the id of the message it answers
    note          for colleagues only
    attachments   ids of uploads, in order; each can be sent once
    buttons       answers to choose from
    """

    text: str = ""
    reply_to: str | None = None
    note: bool = False
    attachments: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    location: Location | None = None
    contact: ContactCard | None = None
    template: TemplateChoice | None = None


def said_of(tx: Tx, channel_id: str, reply: Reply) -> Said:
    """Return what a reply says; a Media's `source` is its attachment, a Template's `external_id` our id of it.

    Raises Invalid when it says nothing, NotFound and Conflict for uploads and templates that cannot be sent.
    """
    text = storable(reply.text)
    if reply.template is not None:
        return _from_template(tx, channel_id, reply, reply.template)
    parts: tuple[Part, ...] = (
        *_files(tx, reply.attachments),
        *((Buttons(reply.buttons),) if reply.buttons else ()),
        *((reply.location,) if reply.location else ()),
        *((reply.contact,) if reply.contact else ()),
    )
    if not text.strip() and not parts:
        raise Invalid("the text is empty; write something, or attach a file")
    return Said(text if text.strip() else "", parts)


def _files(tx: Tx, upload_ids: Sequence[str]) -> list[Media]:
    if len(set(upload_ids)) < len(upload_ids):
        raise Invalid("the same upload is attached twice; name each once")
    found = {file.view.id: file for file in attachments.list_files(tx, upload_ids)} if upload_ids else {}
    return [_media(upload_id, found.get(upload_id)) for upload_id in upload_ids]


def _media(upload_id: str, file: StoredFile | None) -> Media:
    if file is None:
        raise NotFound(f"there is no upload {upload_id}; upload the file first")
    view = file.view
    if view.state is not FileState.READY:
        raise Conflict(f"{view.name} cannot be sent: {view.reason or 'it is not there yet'}; upload it again")
    return Media(view.kind, view.id, view.name, view.content_type, view.size, view.width, view.height, view.duration)


def _from_template(tx: Tx, channel_id: str, reply: Reply, choice: TemplateChoice) -> Said:
    if reply.text.strip() or reply.attachments or reply.buttons or reply.location or reply.contact:
        raise Invalid("a template goes alone; send the rest in a message of its own")
    found = templates.find(tx, channel_id, choice.id)
    if found is None:
        raise NotFound("there is no such template on this channel")
    if found.status != APPROVED:
        raise Conflict(f"the template {found.name} is not approved by the platform; choose another one")
    values = _values(found, choice.values)
    return Said(fill(found.text, values), (Template(found.id, found.name, found.language, tuple(values.items())),))


def _values(found: TemplateRecord, given: Mapping[str, str]) -> dict[str, str]:
    unknown = [name for name in given if name not in found.variables]
    if unknown:
        raise Invalid(f"the template {found.name} has no variable {unknown[0]}")
    missing = [name for name in found.variables if not given.get(name, "").strip()]
    if missing:
        raise Invalid(f"the template {found.name} needs a text for {', '.join(missing)}")
    return {name: storable(given[name].strip()) for name in found.variables}


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return a template's text as the person will read it: `{{name}}` replaced by its value."""
    return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), text)
