"""A picture without what it says beside the picture: files made of the segments that cameras and programs write."""

import struct
import zlib

import pytest

from hub.media.dimensions import size_of
from hub.media.metadata import without_metadata

PLACE = b"52 deg 31' N, 13 deg 24' E"
"""Where the pictures were taken, in every place that a file can say it."""


def exif(order: str = ">", orientation: int | None = 6) -> bytes:
    """A TIFF whose first directory has the maker, perhaps which way is up, and the place."""
    entries = [(0x010F, 2, len(PLACE), 8), (0x8825, 4, 1, 0)]
    if orientation is not None:
        turned = orientation if order == "<" else orientation << 16
        entries.append((0x0112, 3, 1, turned))
    written = b"".join(struct.pack(f"{order}HHII", *each) for each in entries)
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8 + len(PLACE))
    return head + PLACE + struct.pack(f"{order}H", len(entries)) + written + bytes(4)


def segment(marker: int, said: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(said) + 2) + said


DENSITY = segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0")
COLOURS = segment(0xE2, b"ICC_PROFILE\0\x01\x01 the colours")
MODEL = segment(0xEE, b"Adobe\0\x64\0\0\0\0\x01")
TABLES = segment(0xDB, bytes(65))
FRAME = segment(0xC2, b"\x08" + struct.pack(">HH", 20, 30) + b"\x01\x01\x11\0")
SCANS = b"".join(
    segment(0xC4, bytes(20)) + segment(0xDA, b"\x01\x01\0\0\0\0") + b"pixels \xff\0 pixels \xff\xd3 pixels"
    for _ in range(2)
)
DRAWN = TABLES + FRAME + SCANS + b"\xff\xd9"
TALKING = (
    segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + PLACE),
    segment(0xE2, b"MPF\0" + PLACE),
    segment(0xED, b"Photoshop 3.0\0" + PLACE),
    segment(0xEF, PLACE),
    segment(0xFE, PLACE),
)


def jpeg(*segments: bytes) -> bytes:
    return b"\xff\xd8" + DENSITY + b"".join(segments) + COLOURS + MODEL + DRAWN


def test_of_a_jpeg_only_what_draws_it_stays() -> None:
    body = jpeg(segment(0xE1, b"Exif\0\0" + exif(orientation=None)), *TALKING) + jpeg(segment(0xE1, PLACE))
    bare = without_metadata(body, "image/jpeg")
    assert bare == jpeg()
    assert size_of(bare, "image/jpeg") == (30, 20)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_which_way_a_jpeg_is_up_is_still_said_and_the_place_is_not(order: str, orientation: int) -> None:
    body = jpeg(segment(0xE1, b"Exif\0\0" + exif(order, orientation)))
    bare = without_metadata(body, "image/jpeg")
    assert PLACE in body
    assert PLACE not in bare
    assert bare == jpeg(
        segment(0xE1, b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0%c\0\0\0\0\0\0" % orientation)
    )
    assert without_metadata(bare, "image/jpeg") == bare


@pytest.mark.parametrize("orientation", [0, 1, 9, 65535])
def test_an_orientation_that_says_nothing_is_not_kept(orientation: int) -> None:
    body = jpeg(segment(0xE1, b"Exif\0\0" + exif(orientation=orientation)))
    assert without_metadata(body, "image/jpeg") == jpeg()


@pytest.mark.parametrize(
    "said", [b"", b"Exif\0\0", b"Exif\0\0MM\0*", b"Exif\0\0MM\0*\xff\xff\xff\xff", b"Exif\0\0" + b"\xff" * 99]
)
def test_a_damaged_exif_goes_like_a_sound_one(said: bytes) -> None:
    assert without_metadata(jpeg(segment(0xE1, said)), "image/jpeg") == jpeg()


def test_fill_bytes_between_segments_are_passed_over() -> None:
    body = jpeg(b"\xff\xff\xff" + segment(0xFE, PLACE))
    assert without_metadata(body, "image/jpeg") == jpeg()


def chunk(name: bytes, said: bytes) -> bytes:
    return struct.pack(">I", len(said)) + name + said + struct.pack(">I", zlib.crc32(name + said))


def png(*chunks: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)) + chunk(b"gAMA", bytes(4))
    return (
        b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + chunk(b"IDAT", zlib.compress(bytes(2))) + chunk(b"IEND", b"")
    )


def test_of_a_png_only_what_draws_it_stays() -> None:
    talking = [chunk(name, PLACE) for name in (b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME", b"prVt")]
    assert without_metadata(png(*talking) + PLACE, "image/png") == png()


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"WEBP" + b"".join(
        name + struct.pack("<I", len(said)) + said + bytes(len(said) % 2) for name, said in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def webp(announced: int, *chunks: tuple[bytes, bytes]) -> bytes:
    head = bytes([announced]) + bytes(3) + b"\x1d\0\0\x13\0\0"
    return riff((b"VP8X", head), (b"ICCP", b"colours"), (b"VP8 ", b"the pixels"), *chunks)


def test_of_a_webp_only_what_draws_it_stays() -> None:
    body = webp(0x2C, (b"EXIF", exif()), (b"XMP ", PLACE), (b"MINE", PLACE)) + PLACE
    bare = without_metadata(body, "image/webp")
    assert bare == webp(0x20)
    assert size_of(bare, "image/webp") == (30, 20)


WHOLE = (("image/jpeg", jpeg()), ("image/png", png()), ("image/webp", webp(0)))


@pytest.mark.parametrize(("content_type", "body"), WHOLE, ids=[each[0] for each in WHOLE])
def test_a_picture_that_ends_in_its_middle_is_damaged_wherever_it_ends(content_type: str, body: bytes) -> None:
    assert without_metadata(body, content_type) == body
    for end in range(12, len(body)):
        if content_type == "image/webp":
            # it says its own length, and may well end between two chunks
            continue
        with pytest.raises(ValueError, match=r"picture|subsection"):
            without_metadata(body[:end], content_type)


@pytest.mark.parametrize(("content_type", "body"), WHOLE, ids=[each[0] for each in WHOLE])
def test_whatever_byte_is_damaged_there_is_a_picture_or_a_refusal(content_type: str, body: bytes) -> None:
    for at in range(12, len(body)):
        for value in (0x00, 0x7F, 0xFF):
            try:
                kept = without_metadata(body[:at] + bytes([value]) + body[at + 1 :], content_type)
            except ValueError:
                continue
            assert len(kept) <= len(body)
