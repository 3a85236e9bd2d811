"""Small real files of every kind, made here: what a customer sends when a test or the page names no bytes."""

import gzip
import json
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from hub.sandbox import sample_jpeg, sample_media


@dataclass(frozen=True)
class Sample:
    """A file of a few kilobytes; width and height in pixels, duration in seconds, 0: has none."""

    name: str
    content_type: str
    body: bytes
    width: int = 0
    height: int = 0
    duration: int = 0


@cache
def sample(kind: str, variant: int = 0) -> Sample:
    """Return the sample of a media kind. `variant` gives pictures another colour. Raises KeyError."""
    return _SAMPLES[kind](variant)


def kinds() -> tuple[str, ...]:
    return tuple(_SAMPLES)


def png(width: int, height: int, colour: tuple[int, int, int]) -> bytes:
    """Return a PNG of one colour that fades downwards."""
    rows = bytearray()
    for y in range(height):
        shade = 1 - y / (2 * height)
        rows += b"\0" + bytes(int(part * shade) for part in colour) * width
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def pdf(text: str) -> bytes:
    """Return a PDF of one page with one line."""
    line = f"BT /F1 24 Tf 60 760 Td ({text}) Tj ET".encode()
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(line), line),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    written, places = bytearray(b"%PDF-1.4\n"), []
    for number, each in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    written += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(written)


_COLOURS = ((66, 133, 180), (200, 110, 60), (90, 150, 90), (150, 90, 160), (190, 160, 60))


def _colour(variant: int) -> tuple[int, int, int]:
    return _COLOURS[variant % len(_COLOURS)]


def _image(variant: int) -> Sample:
    return Sample(f"photo-{variant + 1}.jpg", "image/jpeg", sample_jpeg.jpeg(320, 240, _colour(variant)), 320, 240)


def _video(variant: int) -> Sample:
    return Sample("clip.mp4", "video/mp4", sample_media.mp4(2, variant), 64, 64, 2)


def _file(variant: int) -> Sample:
    return Sample("invoice.pdf", "application/pdf", pdf(f"Invoice {1001 + variant}"))


def _audio(_variant: int) -> Sample:
    return Sample("tune.mp3", "audio/mpeg", sample_media.mp3(2), duration=2)


def _voice(_variant: int) -> Sample:
    return Sample("voice.ogg", "audio/ogg", sample_media.ogg_opus(3), duration=3)


def _sticker(variant: int) -> Sample:
    return Sample("sticker.webp", "image/webp", sample_media.webp(128, 128, _colour(variant)), 128, 128)


def _animated_sticker(_variant: int) -> Sample:
    drawing = {"v": "5.5.2", "fr": 30, "ip": 0, "op": 30, "w": 512, "h": 512, "ddd": 0, "assets": [], "layers": []}
    body = gzip.compress(json.dumps(drawing).encode(), mtime=0)
    return Sample("sticker.tgs", "application/x-tgsticker", body, 512, 512)


def _contact_file(_variant: int) -> Sample:
    lines = ("BEGIN:VCARD", "VERSION:3.0", "N:Example;Paula;;;", "FN:Paula Example", "TEL:+49305550100", "END:VCARD")
    return Sample("paula.vcf", "text/vcard", "\r\n".join((*lines, "")).encode())


def _picture(variant: int) -> Sample:
    return Sample(f"screen-{variant + 1}.png", "image/png", png(160, 120, _colour(variant)), 160, 120)


_SAMPLES: dict[str, Callable[[int], Sample]] = {
    "image": _image,
    "video": _video,
    "video_note": _video,
    "animation": _video,
    "audio": _audio,
    "voice": _voice,
    "sticker": _sticker,
    "animated_sticker": _animated_sticker,
    "contact_file": _contact_file,
    "file": _file,
    "png": _picture,
}
