"""Sound, moving pictures and stickers, written by hand: silence and plain colours in real containers."""

import struct
from functools import reduce

# --- voice: silent Opus frames in an Ogg file -----------------------------------------------------------

_SILENCE = b"\xf8\xff\xfe"
"""One Opus packet: 20 ms of full-band silence (RFC 6716: configuration 31, one frame, mono)."""
_PER_SECOND = 50


def ogg_opus(seconds: int) -> bytes:
    """Return silence in an Ogg Opus file (RFC 7845)."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 312, 48_000, 0, 0)
    vendor = b"sandbox"
    tags = b"OpusTags" + struct.pack("<I", len(vendor)) + vendor + struct.pack("<I", 0)
    pages = [_page(0, 2, 0, [head]), _page(1, 0, 0, [tags])]
    for second in range(seconds):
        last = 4 if second == seconds - 1 else 0
        pages.append(_page(second + 2, last, (second + 1) * 48_000, [_SILENCE] * _PER_SECOND))
    return b"".join(pages)


def _page(number: int, kind: int, granule: int, packets: list[bytes]) -> bytes:
    lacing = bytes(len(packet) for packet in packets)
    head = b"OggS" + struct.pack("<BBqIII", 0, kind, granule, 0x53414E44, number, 0) + bytes([len(packets)])
    page = head + lacing + b"".join(packets)
    return page[:22] + struct.pack("<I", _ogg_checksum(page)) + page[26:]


def _ogg_checksum(page: bytes) -> int:
    """Return Ogg's own CRC-32: not reflected, starting from zero (RFC 3533)."""
    found = 0
    for byte in page:
        found ^= byte << 24
        for _ in range(8):
            found = ((found << 1) ^ 0x04C11DB7) & 0xFFFFFFFF if found & 0x80000000 else (found << 1) & 0xFFFFFFFF
    return found


# --- audio: silent MPEG frames --------------------------------------------------------------------------


def mp3(seconds: int) -> bytes:
    """Return silence as MPEG-2 layer III frames of 8 kbit/s at 16 kHz, mono: 36 ms in 36 bytes each."""
    frame = b"\xff\xf3\x18\xc0" + bytes(32)
    return frame * (seconds * 1000 // 36)


# --- video: one uncompressed H.264 picture, repeated by empty ones ---------------------------------------

_BLOCKS = 4
"""Width and height of the picture in macroblocks of 16 pixels."""


class _Bits:
    def __init__(self) -> None:
        self.text = ""

    def put(self, value: int, width: int) -> "_Bits":
        self.text += f"{value:0{width}b}"
        return self

    def golomb(self, value: int) -> "_Bits":
        """Append an unsigned exponential Golomb code."""
        width = (value + 1).bit_length()
        return self.put(0, width - 1).put(value + 1, width) if width > 1 else self.put(1, 1)

    def aligned(self) -> "_Bits":
        self.text += "0" * (-len(self.text) % 8)
        return self

    def ended(self) -> bytes:
        self.put(1, 1).aligned()
        return int(self.text, 2).to_bytes(len(self.text) // 8, "big")


def _escaped(unit: bytes) -> bytes:
    """Keep start codes out of a unit (H.264, 7.4.1)."""
    written, zeros = bytearray(), 0
    for byte in unit:
        if zeros >= 2 and byte <= 3:
            written.append(3)
            zeros = 0
        written.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(written)


def _sequence_set() -> bytes:
    bits = _Bits().put(66, 8).put(0xC0, 8).put(10, 8).golomb(0)
    bits.golomb(0).golomb(2).golomb(1).put(0, 1)
    bits.golomb(_BLOCKS - 1).golomb(_BLOCKS - 1).put(1, 1).put(1, 1).put(0, 1).put(0, 1)
    return b"\x67" + _escaped(bits.ended())


def _picture_set() -> bytes:
    bits = _Bits().golomb(0).golomb(0).put(0, 1).put(0, 1).golomb(0).golomb(0).golomb(0)
    bits.put(0, 1).put(0, 2).golomb(0).golomb(0).golomb(0).put(0, 1).put(0, 1).put(0, 1)
    return b"\x68" + _escaped(bits.ended())


def _whole_picture(variant: int) -> bytes:
    """Return an IDR slice whose macroblocks are uncompressed (I_PCM), each of one colour."""
    bits = _Bits().golomb(0).golomb(7).golomb(0).put(0, 4).golomb(0).put(0, 1).put(0, 1).golomb(0)
    for index in range(_BLOCKS * _BLOCKS):
        bits.golomb(25).aligned()
        luminance = 70 + (index % _BLOCKS + index // _BLOCKS) * 20
        pixels = bytes([luminance]) * 256 + bytes([110 + 20 * (variant % 3)]) * 64 + bytes([150]) * 64
        bits.text += "".join(f"{byte:08b}" for byte in pixels)
    return b"\x65" + _escaped(bits.ended())


def _same_picture(number: int) -> bytes:
    """Return a P slice that skips every macroblock."""
    bits = _Bits().golomb(0).golomb(5).golomb(0).put(number % 16, 4).put(0, 1).put(0, 1).put(0, 1).golomb(0)
    bits.golomb(_BLOCKS * _BLOCKS)
    return b"\x41" + _escaped(bits.ended())


def mp4(seconds: int, variant: int = 0) -> bytes:
    """Return a video of 64 by 64 pixels, four pictures a second."""
    units = [_whole_picture(variant), *(_same_picture(number) for number in range(1, seconds * 4))]
    samples = [struct.pack(">I", len(unit)) + unit for unit in units]
    kind = _box(b"ftyp", b"isom", struct.pack(">I", 0x200), b"isomiso2avc1mp41")
    size = len(kind) + len(_movie(samples, 0))
    return kind + _movie(samples, size + 8) + _box(b"mdat", *samples)


def _box(name: bytes, *bodies: bytes) -> bytes:
    return struct.pack(">I", 8 + sum(map(len, bodies))) + name + b"".join(bodies)


def _full(name: bytes, flags: int, *bodies: bytes) -> bytes:
    return _box(name, struct.pack(">I", flags), *bodies)


_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


def _movie(samples: list[bytes], data_at: int) -> bytes:
    side, length = _BLOCKS * 16, len(samples) * 250
    head = _full(
        b"mvhd", 0, struct.pack(">IIIIIH10x", 0, 0, 1000, length, 0x10000, 0x100), _MATRIX, bytes(24), _number(2)
    )
    track_head = _full(
        b"tkhd", 3, struct.pack(">IIIII8xHHHxx", 0, 0, 1, 0, length, 0, 0, 0), _MATRIX, _number(side << 16, side << 16)
    )
    media = _box(
        b"mdia",
        _full(b"mdhd", 0, struct.pack(">IIIIHH", 0, 0, 1000, length, 0x55C4, 0)),
        _full(b"hdlr", 0, bytes(4), b"vide", bytes(12), b"video\0"),
        _box(b"minf", _full(b"vmhd", 1, bytes(8)), _references(), _table(samples, data_at)),
    )
    return _box(b"moov", head, _box(b"trak", track_head, media))


def _number(*values: int) -> bytes:
    return struct.pack(f">{len(values)}I", *values)


def _references() -> bytes:
    return _box(b"dinf", _full(b"dref", 0, _number(1), _full(b"url ", 1)))


def _table(samples: list[bytes], data_at: int) -> bytes:
    sets = [_sequence_set(), _picture_set()]
    lengths = [struct.pack(">H", len(each)) + each for each in sets]
    setup = _box(b"avcC", b"\x01\x42\xc0\x0a\xff\xe1", lengths[0], b"\x01", lengths[1])
    side = _BLOCKS * 16
    entry = struct.pack(">6xH16xHHIIIH32xHh", 1, side, side, 0x480000, 0x480000, 0, 1, 24, -1)
    return _box(
        b"stbl",
        _full(b"stsd", 0, _number(1), _box(b"avc1", entry, setup)),
        _full(b"stts", 0, _number(1, len(samples), 250)),
        _full(b"stss", 0, _number(1, 1)),
        _full(b"stsc", 0, _number(1, 1, len(samples), 1)),
        _full(b"stsz", 0, _number(0, len(samples), *map(len, samples))),
        _full(b"stco", 0, _number(1, data_at)),
    )


# --- stickers: a lossless WebP of one colour ------------------------------------------------------------


def webp(width: int, height: int, colour: tuple[int, int, int]) -> bytes:
    """Return a picture of one colour: each channel has one symbol, so that its pixels take no bits at all."""
    red, green, blue = colour
    fields = [(0x2F, 8), (width - 1, 14), (height - 1, 14), (0, 1), (0, 3)]
    fields += [(0, 1), (0, 1), (0, 1)]
    for symbol in (green, red, blue, 255):
        # a simple code: one symbol, of eight bits
        fields += [(1, 1), (0, 1), (1, 1), (symbol, 8)]
    fields += [(1, 1), (0, 1), (0, 1), (0, 1)]
    number, width_so_far = reduce(lambda so, each: (so[0] | each[0] << so[1], so[1] + each[1]), fields, (0, 0))
    body = number.to_bytes(-(-width_so_far // 8), "little")
    chunk = b"VP8L" + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk
