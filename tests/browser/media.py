"""Small files of every kind, made here: pictures, a tone, a film that the browser itself records."""

import io
import math
import struct
import wave
import zlib

from playwright.sync_api import Page

VCARD = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Mara Lindqvist\r\nORG:Lindqvist Segel\r\nTEL;TYPE=CELL:+49 151 2345 6789\r\n"
    "EMAIL:mara@segel.example\r\nEND:VCARD\r\n"
)
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def png(width: int, height: int, warm: bool = False) -> bytes:
    """An evening sky over hills, `warm` or cold, so that pictures in a grid can be told apart."""
    rows = b"".join(
        b"\x00" + b"".join(_colour(x / width, y / height, warm) for x in range(width)) for y in range(height)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _colour(x: float, y: float, warm: bool) -> bytes:
    hill = 0.68 + 0.09 * math.sin(x * 6 + warm) + 0.04 * math.sin(x * 17)
    if y > hill:
        return bytes((34, 70 + int(40 * (y - hill)), 62)) if not warm else bytes((88, 52, 40))
    sun = (x - 0.7) ** 2 + (y - 0.36) ** 2 < 0.008
    if sun:
        return bytes((255, 236, 190))
    return bytes((int(250 - 70 * y), int(150 + 70 * y), 120)) if warm else bytes((int(90 + 110 * y), 160, 210))


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def wav(seconds: float = 1.5) -> bytes:
    """A soft tone."""
    rate, kept = 8000, io.BytesIO()
    with wave.open(kept, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        tones = (int(6000 * math.sin(2 * math.pi * 330 * n / rate)) for n in range(int(seconds * rate)))
        file.writeframes(b"".join(struct.pack("<h", tone) for tone in tones))
    return kept.getvalue()


def film(page: Page) -> bytes:
    """Half a second of moving colours, recorded by the browser."""
    page.goto("about:blank")
    octets = page.evaluate(
        """async () => {
          const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 240 });
          const paint = canvas.getContext("2d");
          const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: "video/webm;codecs=vp8" });
          const pieces = [];
          recorder.ondataavailable = (event) => pieces.push(event.data);
          const done = new Promise((resolve) => (recorder.onstop = resolve));
          recorder.start();
          for (let step = 0; step < 10; step++) {
            paint.fillStyle = `hsl(${170 + step * 8} 45% 45%)`;
            paint.fillRect(0, 0, 320, 240);
            paint.fillStyle = "#ffe9b8";
            paint.beginPath();
            paint.arc(60 + step * 20, 110, 34, 0, 7);
            paint.fill();
            await new Promise((resolve) => setTimeout(resolve, 50));
          }
          recorder.stop();
          await done;
          return [...new Uint8Array(await new Blob(pieces).arrayBuffer())];
        }"""
    )
    return bytes(octets)
