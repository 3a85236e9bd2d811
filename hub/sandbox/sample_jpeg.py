"""A baseline JPEG, written by hand: every block of 8 by 8 pixels has one colour, so that only DC values are coded."""

import struct
from collections.abc import Iterator

# how many bits a difference takes -> its Huffman code; twelve codes of four bits are a valid table, if not the shortest
_LENGTHS = bytes([0, 0, 0, 12, *([0] * 12)])
_CATEGORIES = bytes(range(12))
_STEP = 8
"""The quantiser: a block's DC value is eight times its mean, so the coded number is the mean itself."""


def jpeg(width: int, height: int, colour: tuple[int, int, int]) -> bytes:
    """Return a picture of blocks in shades of a colour, bright at the top left."""
    across, down = -(-width // 8), -(-height // 8)
    bits: list[str] = []
    before = [0, 0, 0]
    for y in range(down):
        for x in range(across):
            shade = 1.25 - 0.7 * (x / across + y / down) / 2 - 0.12 * ((x + y) % 2)
            for index, value in enumerate(_means(colour, shade)):
                bits.append(_coded(value - before[index]))
                before[index] = value
    return b"".join(_head(width, height)) + _stuffed("".join(bits)) + b"\xff\xd9"


def _means(colour: tuple[int, int, int], shade: float) -> tuple[int, int, int]:
    """Return luminance and the two colour differences of a block, each less 128."""
    red, green, blue = (min(part * shade, 255.0) for part in colour)
    return (
        round(0.299 * red + 0.587 * green + 0.114 * blue - 128),
        round(-0.1687 * red - 0.3313 * green + 0.5 * blue),
        round(0.5 * red - 0.4187 * green - 0.0813 * blue),
    )


def _coded(difference: int) -> str:
    """Return a DC difference as bits, and the end of the block."""
    size = abs(difference).bit_length()
    number = difference if difference >= 0 else difference + (1 << size) - 1
    value = f"{number:0{size}b}" if size else ""
    return f"{size:04b}{value}0"


def _stuffed(bits: str) -> bytes:
    whole = bits + "1" * (-len(bits) % 8)
    packed = int(whole, 2).to_bytes(len(whole) // 8, "big")
    return packed.replace(b"\xff", b"\xff\x00")


def _head(width: int, height: int) -> Iterator[bytes]:
    yield b"\xff\xd8"
    yield _segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0")
    yield _segment(0xDB, b"\0" + bytes([_STEP]) * 64)
    yield _segment(0xC0, struct.pack(">BHHB", 8, height, width, 3) + b"\x01\x11\0\x02\x11\0\x03\x11\0")
    yield _segment(0xC4, b"\0" + _LENGTHS + _CATEGORIES)
    # the AC table knows one word, the end of the block, by one bit
    yield _segment(0xC4, b"\x10" + bytes([1, *([0] * 15)]) + b"\0")
    yield _segment(0xDA, b"\x03\x01\0\x02\0\x03\0\0\x3f\0")


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body
