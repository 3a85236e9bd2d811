"""Bodies that no provider sends, made from those they do: always the same ones."""

import json
import random
from collections.abc import Iterator
from typing import Any

MUTATIONS = 200
FIXED = (
    b"",
    b" ",
    b"\x00",
    b"\xff\xfe\xfd",
    b"\xef\xbb\xbf{}",
    b"null",
    b"7",
    b'"text"',
    b"[]",
    b"{}",
    b"[[[[null]]]]",
    b'[{"update_id":1}]',
    b'{"update_id":true}',
    b'{"update_id":' + b"9" * 400 + b"}",
    b'{"object":"page","entry":[null,7,"x",[],{}]}',
    b'{"object":"page","entry":[{"id":"1","messaging":[null,7,[],{}]}]}',
    b'{"object":"page","entry":[{"id":"1","messaging":[{"message":{"mid":"\\ud800\\u0000"}}]}]}',
    b'{"object":["page"],"entry":{"id":1}}',
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b"AccountSid=&MessageSid=&From=&To=",
    b"%zz=%&=&&&==",
    b"--x\r\nContent-Disposition: form-data; name=\r\n\r\n",
    b"From: \r\nTo: <>\r\nMessage-ID: <>\r\n\r\n",
)
_VALUES: tuple[Any, ...] = (None, True, 0, -1, 10**30, 1.5, "", "\ud800", "\x00", [], {}, [None], {"id": None})


def mutations(seed: str, body: bytes) -> Iterator[bytes]:
    """Yield MUTATIONS hostile variants of a body; the same ones for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - deterministic on purpose
    document = _document(body)
    for turn in range(MUTATIONS):
        if document is not None and turn % 2:
            yield _retyped(chance, document)
        else:
            yield _damaged(chance, body)


def flipped(body: bytes, at: int) -> bytes:
    """Return the body with one bit of one byte changed."""
    return body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]


def _document(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _damaged(chance: random.Random, body: bytes) -> bytes:
    at = chance.randrange(len(body) + 1)
    match chance.randrange(5):
        case 0:
            return body[:at]
        case 1:
            return body[:at] + chance.randbytes(chance.randrange(1, 9)) + body[at:]
        case 2:
            return body[:at] + body[at + chance.randrange(1, 9) :]
        case 3:
            return body[at:] + body[:at]
        case _:
            return flipped(body, chance.randrange(len(body))) if body else body


def _retyped(chance: random.Random, document: Any) -> bytes:
    """Return the document with one node of another type."""
    path = chance.choice(list(_paths(document)))
    return json.dumps(_replaced(document, path, chance.choice(_VALUES))).encode()


def _paths(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, child in children:
        yield from _paths(child, (*path, name))


def _replaced(node: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copy = node.copy()
    copy[path[0]] = _replaced(node[path[0]], path[1:], value)
    return copy
