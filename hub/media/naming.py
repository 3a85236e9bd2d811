"""Names of files whose type is known: what is shown, and what a download is called."""

import re
from typing import Final

from hub.file_names import MAX_NAME, plain_name, shortened

_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
_EXTENSIONS: Final = {
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "image/tiff": ("tif", "tiff"),
    "image/heic": ("heic", "heif"),
    "image/avif": ("avif",),
    "audio/mpeg": ("mp3", "mpga"),
    "audio/mp4": ("m4a", "m4b", "mp4"),
    "audio/aac": ("aac",),
    "audio/ogg": ("ogg", "oga", "opus", "spx"),
    "audio/wav": ("wav",),
    "audio/flac": ("flac",),
    "audio/webm": ("weba", "webm"),
    "audio/amr": ("amr",),
    "audio/3gpp": ("3gp",),
    "video/mp4": ("mp4", "m4v"),
    "video/webm": ("webm",),
    "video/ogg": ("ogv",),
    "video/3gpp": ("3gp", "3g2"),
    "video/quicktime": ("mov", "qt"),
    "video/x-matroska": ("mkv",),
    "video/x-msvideo": ("avi",),
    "application/ogg": ("ogx", "ogg"),
    "application/pdf": ("pdf",),
    "application/zip": ("zip",),
    "application/gzip": ("gz", "tgz"),
    "application/x-tgsticker": ("tgs",),
    "application/x-7z-compressed": ("7z",),
    "application/vnd.rar": ("rar",),
    "application/rtf": ("rtf",),
    "application/json": ("json",),
    "application/epub+zip": ("epub",),
    f"{_OFFICE}.wordprocessingml.document": ("docx",),
    f"{_OFFICE}.spreadsheetml.sheet": ("xlsx",),
    f"{_OFFICE}.presentationml.presentation": ("pptx",),
    "application/vnd.oasis.opendocument.text": ("odt",),
    "application/vnd.oasis.opendocument.spreadsheet": ("ods",),
    "application/vnd.oasis.opendocument.presentation": ("odp",),
    "application/msword": ("doc",),
    "application/vnd.ms-excel": ("xls",),
    "application/vnd.ms-powerpoint": ("ppt",),
    "application/vnd.ms-outlook": ("msg",),
    "application/x-ole-storage": ("ole",),
    "text/plain": ("txt", "text", "log", "md"),
    "text/csv": ("csv",),
    "text/vcard": ("vcf",),
    "text/calendar": ("ics",),
}
"""Sniffed type → the extensions that fit it, the one that is given first."""

_TYPES: Final = {extension: kind for kind, all_of_it in reversed(_EXTENSIONS.items()) for extension in all_of_it}
_LABELS: Final = (
    _TYPES
    | dict.fromkeys(("html", "htm", "xhtml", "shtml"), "text/html")
    | {
        "svg": "image/svg+xml",
        "svgz": "image/svg+xml",
        "xml": "application/xml",
        "xsl": "application/xml",
        "js": "text/javascript",
        "mjs": "text/javascript",
        "sh": "application/x-sh",
        "php": "application/x-httpd-php",
    }
)
_UNKNOWN: Final = re.compile(r"(?:dat|bin|stl|dwg|dxf|psd|ai|eps|ttf|otf|woff2?|sqlite|db|p7s|asc|sig|winmail)")
"""Extensions that an opaque file may keep: nothing runs when somebody opens them. Any other name gets .bin."""


def extension_of(name: str) -> str:
    """Return the extension in lower case, without its dot; "" when there is none."""
    stem, _, extension = name.rpartition(".")
    return extension.lower() if stem and re.fullmatch(r"[A-Za-z0-9]{1,10}", extension) else ""


def type_of_extension(name: str) -> str:
    """Return the type that a name claims; "" when it claims none."""
    return _LABELS.get(extension_of(name), "")


def safe_name(name: str, content_type: str) -> str:
    """Return a name to show and to download by, at most MAX_NAME characters, with an extension of the sniffed type.

    No path, control or invisible character, quote or line break is left of what a stranger wrote. A wrong extension of
    a known type is replaced, any other one kept inside: "bill.exe" of an image becomes "bill.exe.png".
    """
    plain = plain_name(name) or "file"
    extension = extension_of(plain)
    fitting = _EXTENSIONS.get(content_type)
    if extension and (extension in fitting if fitting else _UNKNOWN.fullmatch(extension)):
        return plain
    stem = plain.rpartition(".")[0] if fitting and extension in _TYPES else plain
    wanted = fitting[0] if fitting else "bin"
    return f"{shortened(stem, MAX_NAME - len(wanted) - 1)}.{wanted}"
