"""What a file is: the bytes decide, and nothing that a browser would run gets a type it would run it by."""

import io
import struct
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.file_names import MAX_NAME
from hub.media.dimensions import size_of
from hub.media.naming import extension_of, safe_name
from hub.media.sniffing import OPAQUE, Sniffed, inline_safe, sniff


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def jpeg(width: int, height: int) -> bytes:
    exif = b"\xff\xe1" + struct.pack(">H", 2 + 400) + b"Exif\0\0" + b"\xff\xc0" * 197
    tables = b"\xff\xc4" + struct.pack(">H", 4) + b"\0\0"
    frame = b"\xff\xff\xc2" + struct.pack(">HBHHB", 8, 8, height, width, 0)
    return b"\xff\xd8" + exif + tables + frame + b"\xff\xd9"


def gif(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\0\0\0;"


def riff(kind: bytes, body: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", len(body) + 4) + kind + body


def lossy(width: int, height: int) -> bytes:
    return riff(b"WEBP", b"VP8 " + struct.pack("<I", 10) + b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height))


def lossless(width: int, height: int) -> bytes:
    bits = width - 1 | height - 1 << 14
    return riff(b"WEBP", b"VP8L" + struct.pack("<I", 5) + b"\x2f" + struct.pack("<I", bits) + bytes(5))


def extended(width: int, height: int) -> bytes:
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return riff(b"WEBP", b"VP8X" + struct.pack("<I", 10) + bytes(4) + size)


def ogg(first: bytes) -> bytes:
    return b"OggS" + bytes(22) + b"\x01" + bytes([len(first)]) + first


def zipped(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, "content")
    return buffer.getvalue()


MP4 = b"\0\0\0\x18ftypmp42" + bytes(12)
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

IMAGES = [png, jpeg, gif, lossy, lossless, extended]


@pytest.mark.parametrize("make", IMAGES, ids=lambda make: make.__name__)
def test_images_are_recognised_with_their_size(make: object) -> None:
    found = sniff(make(640, 481), "application/pdf", "x.exe")  # type: ignore[operator]
    assert (found.kind, found.width, found.height) == ("image", 640, 481)
    assert inline_safe(found.content_type)


@pytest.mark.parametrize(
    ("body", "content_type", "kind"),
    [
        (MP4, "video/mp4", "video"),
        (b"\0\0\0\x18ftypisom" + bytes(12), "video/mp4", "video"),
        (b"\0\0\0\x18ftypM4A " + bytes(12), "audio/mp4", "audio"),
        (b"\0\0\0\x18ftyp3gp5" + bytes(12), "video/3gpp", "video"),
        (b"\0\0\0\x18ftypqt  " + bytes(12), "video/quicktime", "video"),
        (b"\0\0\0\x18ftypheic" + bytes(12), "image/heic", "image"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm", "video/webm", "video"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska", "video/x-matroska", "video"),
        (ogg(b"OpusHead\x01"), "audio/ogg", "audio"),
        (ogg(b"\x01vorbis"), "audio/ogg", "audio"),
        (ogg(b"\x80theora"), "video/ogg", "video"),
        (ogg(b"something"), "application/ogg", "file"),
        (b"ID3\x04" + bytes(20), "audio/mpeg", "audio"),
        (b"\xff\xfb\x90\x00" + bytes(20), "audio/mpeg", "audio"),
        (b"\xff\xfb\xff\x00" + bytes(20), OPAQUE, "file"),
        (b"#!AMR\n" + bytes(20), "audio/amr", "audio"),
        (riff(b"WAVE", bytes(20)), "audio/wav", "audio"),
        (b"%PDF-1.7\n", "application/pdf", "file"),
        (zipped("a.txt"), "application/zip", "file"),
        (b"BEGIN:VCARD\r\nVERSION:3.0\r\n", "text/vcard", "file"),
        (b"BEGIN:VCALENDAR\r\n", "text/calendar", "file"),
        ("Grüße, 你好\n".encode(), "text/plain", "file"),
        ("Grüße".encode("utf-16"), "text/plain", "file"),
        ("Grüße".encode("latin-1"), OPAQUE, "file"),
        (b"bell\x07", OPAQUE, "file"),
        (b"MZ\x90\0" + bytes(60), OPAQUE, "file"),
        (b"", OPAQUE, "file"),
    ],
)
def test_the_bytes_decide_whatever_the_label_says(body: bytes, content_type: str, kind: str) -> None:
    for label in ("", "image/png", "video/mp4; codecs=x", "application/octet-stream"):
        found = sniff(body, label, "x.png")
        assert (found.content_type, found.kind) == (content_type, kind)


@pytest.mark.parametrize(
    ("body", "label", "name", "content_type"),
    [
        (zipped("word/document.xml"), DOCX, "", DOCX),
        (zipped("word/document.xml"), "application/octet-stream", "Brief.DOCX", DOCX),
        (b"\0\0\0\x18ftypisom" + bytes(12), "audio/mp4", "", "audio/mp4"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(60), "application/msword", "", "application/msword"),
        (b"\x1f\x8b\x08" + bytes(20), "application/x-tgsticker", "", "application/x-tgsticker"),
        (b"a,b\n1,2\n", "text/csv", "", "text/csv"),
        (b'{"a": 1}', "application/json", "", "application/json"),
        (png(1, 1), DOCX, "x.docx", "image/png"),
        (zipped("x"), "text/html", "x.html", "application/zip"),
    ],
)
def test_the_label_chooses_among_what_the_bytes_allow(body: bytes, label: str, name: str, content_type: str) -> None:
    assert sniff(body, label, name).content_type == content_type


ACTIVE = [
    b"<!DOCTYPE html><html></html>",
    b"\n\t  <html><script>alert(1)</script>",
    b"\xef\xbb\xbf<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    b"<?xml version='1.0'?><x/>",
    b"<?php system('id');",
    b"<!-- hello --><ScRiPt>alert(1)</ScRiPt>",
    b"hello <iframe src=x>",
    b"#!/bin/sh\nrm -rf /\n",
    "<html>".encode("utf-16"),
    b"Subject: x\n\n" + b"x" * 500 + b"<body onload=alert(1)>",
]


@pytest.mark.parametrize("body", ACTIVE)
@pytest.mark.parametrize("label", ["text/plain", "image/png", "text/html", "image/svg+xml", ""])
def test_pages_drawings_and_scripts_are_opaque_bytes(body: bytes, label: str) -> None:
    found = sniff(body, label, "x.txt")
    assert found == Sniffed(OPAQUE, "file")
    assert not inline_safe(found.content_type)


@pytest.mark.parametrize(
    ("label", "name"),
    [("text/javascript", "x"), ("application/xhtml+xml", ""), ("", "x.html"), ("", "x.svg"), ("text/plain", "x.js")],
)
def test_text_that_calls_itself_active_is_believed_in_that(label: str, name: str) -> None:
    assert sniff(b"alert(1)", label, name).content_type == OPAQUE


@pytest.mark.parametrize(
    "body",
    [
        gif(0x2F2A, 1) + b"<script>alert(1)</script>",
        png(1, 1) + b"<html><body>",
        jpeg(1, 1) + b"%PDF-1.4",
        jpeg(9, 9) + zipped("evil.class"),
        png(9, 9) + bytes(100_000) + zipped("evil.class"),
        b"ID3\x04" + bytes(100) + b"<svg onload=alert(1)>",
        MP4 + b"<!doctype html>",
    ],
)
def test_a_file_that_is_two_things_at_once_is_neither(body: bytes) -> None:
    assert sniff(body, "image/png", "x.png") == Sniffed(OPAQUE, "file")


def test_a_photo_with_metadata_in_xml_stays_a_photo() -> None:
    xmp = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF/></x:xmpmeta>"
    photo = b"\xff\xd8\xff\xe1" + struct.pack(">H", len(xmp) + 2) + xmp + jpeg(800, 600)[2:]
    assert sniff(photo, "", "") == Sniffed("image/jpeg", "image", 800, 600)


@pytest.mark.parametrize(
    "content_type", ["image/svg+xml", "text/html", "text/plain", "application/pdf", "image/tiff", "video/quicktime", ""]
)
def test_what_is_not_on_the_list_is_not_shown_inline(content_type: str) -> None:
    assert not inline_safe(content_type)


_STARTS = [make(5, 7)[:cut] for make in IMAGES for cut in (4, 12, 20, 26, 29, 200)] + [MP4, ogg(b""), b"PK\x05\x06"]


@given(st.sampled_from(_STARTS), st.binary(max_size=200), st.text(max_size=30), st.text(max_size=30))
def test_no_bytes_and_no_label_make_it_raise(start: bytes, rest: bytes, label: str, name: str) -> None:
    body = start + rest
    found = sniff(body, label, name)
    if found.width is not None and found.height is not None:
        assert found.kind == "image"
        assert found.width > 0 < found.height
    assert inline_safe(found.content_type) <= (found.content_type != OPAQUE)
    for content_type in ("image/png", "image/jpeg", "image/gif", "image/webp", "video/mp4"):
        size_of(body, content_type)


def test_a_header_without_end_is_not_read_for_ever() -> None:
    assert size_of(b"\xff\xd8" + b"\xff\xe1\x00\x02" * 1_000_000, "image/jpeg") is None
    assert size_of(b"\xff\xd8" + b"\xff" * 1_000_000, "image/jpeg") is None


# --- names ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content_type", "safe"),
    [
        ("photo.jpg", "image/jpeg", "photo.jpg"),
        ("photo.JPEG", "image/jpeg", "photo.JPEG"),
        ("photo.jpg", "image/png", "photo.png"),
        ("../../etc/passwd", "text/plain", "passwd.txt"),
        ("C:\\Users\\me\\bill.pdf", "application/pdf", "bill.pdf"),
        ("bill.exe", "image/png", "bill.exe.png"),
        ("bill\u202egpj.exe", OPAQUE, "billgpj.exe.bin"),
        ('a"b\r\nSet-Cookie: x.txt', "text/plain", "a_b Set-Cookie_ x.txt"),
        ("page.html", OPAQUE, "page.html.bin"),
        ("part.stl", OPAQUE, "part.stl"),
        ("", "image/webp", "file.webp"),
        ("...", "audio/ogg", "file.ogg"),
        (".htaccess", OPAQUE, "htaccess.bin"),
        ("con.txt", "text/plain", "_con.txt"),
        ("voice.oga", "audio/ogg", "voice.oga"),
        ("Grüße 你好.pdf", "application/pdf", "Grüße 你好.pdf"),
        ("v1.2 final", "application/pdf", "v1.2 final.pdf"),
        ("\u200b\u0000", "text/csv", "file.csv"),
    ],
)
def test_a_name_is_made_fit_to_show_and_to_download_by(name: str, content_type: str, safe: str) -> None:
    assert safe_name(name, content_type) == safe


@given(st.text(max_size=400), st.sampled_from(["image/png", "text/plain", OPAQUE, "", "video/mp4", DOCX]))
def test_no_name_breaks_a_header_leaves_its_folder_or_hides_what_it_is(name: str, content_type: str) -> None:
    safe = safe_name(name, content_type)
    assert 0 < len(safe) <= MAX_NAME
    assert not set(safe) & set('/\\<>:"|?*\r\n\0\u202e\u200f')
    assert safe == safe.strip(" .")
    assert extension_of(safe) not in {"html", "svg", "js", "exe", ""}


def test_a_long_name_keeps_its_extension() -> None:
    assert safe_name("x" * 500 + ".pdf", "application/pdf") == "x" * (MAX_NAME - 4) + ".pdf"
    assert len(safe_name("x" * 500, "application/pdf")) == MAX_NAME
