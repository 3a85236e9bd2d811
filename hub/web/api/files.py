"""Uploads and attachments."""

import io
from datetime import datetime

import python_multipart
from pydantic import Field
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field as FormField
from python_multipart.multipart import File
from starlette.responses import Response

from hub.access import files
from hub.access.files import Upload
from hub.access.permissions import Permission
from hub.db.attachments import AttachmentView
from hub.errors import Invalid
from hub.web.api.frame import Call, Endpoint, Shown
from hub.web.bodies import UPLOAD_LIMIT
from hub.web.serving import shown

_HOW = "send the file as multipart/form-data in a field named `file`"


class StoredFile(Shown):
    """An uploaded file; its `id` is the `upload_id` of a message's attachment."""

    id: str
    name: str
    content_type: str = Field(description="As its bytes show it, whatever it was called")
    size: int
    kind: str = Field(description="As what it is shown: image, video, audio, contact_file or file")
    width: int | None
    height: int | None
    created_at: datetime


def upload(call: Call[None, None]) -> AttachmentView:
    file = _read_file(call.request.headers.get("content-type", ""), call.raw)
    return files.upload(call.services, call.actor, file, call.once)


def download(call: Call[None, None]) -> Response:
    return shown(call.request, files.get_file(call.services, call.actor, call.path["id"]))


def _read_file(content_type: str, raw: bytes) -> Upload:
    found: list[Upload] = []

    def on_file(file: File) -> None:
        file.file_object.seek(0)
        found.append(Upload(_text(file.file_name), _text(file.content_type), file.file_object.read()))
        file.close()

    def on_field(_field: FormField) -> None:
        """Other fields are of no use here."""

    try:
        headers = {"Content-Type": content_type.encode("latin-1"), "Content-Length": str(len(raw)).encode()}
        python_multipart.parse_form(headers, io.BytesIO(raw), on_field, on_file)
    except (FormParserError, ValueError):
        raise Invalid(f"the body is no form with a file; {_HOW}") from None
    if len(found) != 1:
        raise Invalid(f"the form must have exactly one file; {_HOW}")
    return found[0]


def _text(value: bytes | str | None) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value or ""


ENDPOINTS = (
    Endpoint("POST", "/uploads", "Upload a file", upload, StoredFile, status=201, creates=True,
             permission=Permission.WORK_ON_CONVERSATIONS, body_limit=UPLOAD_LIMIT, consumes="multipart/form-data"),
    Endpoint("GET", "/attachments/{id}", "Download a file", download,
             permission=Permission.READ_CONVERSATIONS, produces="application/octet-stream"),
)  # fmt: skip
