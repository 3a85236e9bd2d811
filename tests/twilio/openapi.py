"""Checks a request to Twilio against what Twilio's published description says of it (openapi.toml)."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx

TABLE = tomllib.loads((Path(__file__).parent / "openapi.toml").read_text())
_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"
_SEVERAL = frozenset({"strings", "uris"})
Type = str | list[str]

_PATTERNS: Mapping[str, str] = {
    "string": r"(?s).*",
    "strings": r"(?s).*",
    "integer": r"-?\d+",
    "boolean": r"true|false",
    "country": r"[A-Z]{2}",
    # people who hide their number have an id in its place
    "phone": r"(?:[a-z]+:)?(?:\+?[0-9*]+|[A-Z]{2}\.[0-9A-Za-z.]+)",
    "uri": r"https?://[^\s/]+\S*",
    "uris": r"https?://[^\s/]+\S*",
    "date-time": r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\dZ)?",
}


@dataclass(frozen=True)
class Endpoint:
    """One call that the description knows; parameters by name with their types."""

    call: str
    pattern: re.Pattern[str]
    path: Mapping[str, Type]
    query: Mapping[str, Type]
    form: Mapping[str, Type] = field(default_factory=dict)
    json: Mapping[str, Type] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    one_of: tuple[tuple[str, ...], ...] = ()


def _endpoint(row: Mapping[str, Any]) -> Endpoint:
    literal = re.escape(row["call"]).replace(r"\{", "{").replace(r"\}", "}").replace(r"\ ", " ")
    return Endpoint(
        call=row["call"],
        pattern=re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+?)", literal)),
        path=row.get("path", {}),
        query=row.get("query", {}) | (TABLE["paging"] if row.get("list") else {}),
        form=row.get("form", {}),
        json=row.get("json", {}),
        required=tuple(row.get("required", ())),
        one_of=tuple(map(tuple, row.get("one_of", ()))),
    )


ENDPOINTS = [_endpoint(row) for row in TABLE["endpoint"]]


def endpoint_of(request: httpx.Request) -> Endpoint | None:
    """Return what the description has for a request; None: nothing."""
    return next((each for each in ENDPOINTS if each.pattern.fullmatch(_call(request))), None)


def _call(request: httpx.Request) -> str:
    parts = urlsplit(str(request.url))
    return f"{request.method} {parts.scheme}://{parts.netloc}{unquote(parts.path)}"


def problems(request: httpx.Request) -> list[str]:
    """Say what is wrong with a request."""
    endpoint = endpoint_of(request)
    if endpoint is None:
        return [f"{_call(request)} is not in openapi.toml"]
    return [f"{endpoint.call}: {problem}" for problem in _problems(request, endpoint)]


def _problems(request: httpx.Request, endpoint: Endpoint) -> Iterator[str]:
    matched = endpoint.pattern.fullmatch(_call(request))
    assert matched is not None
    yield from _pairs(list(matched.groupdict().items()), endpoint.path, may_clear=False)
    query = _decoded(urlsplit(str(request.url)).query)
    yield from _pairs(query, endpoint.query, may_clear=False)
    body: dict[str, Any] = {}
    if endpoint.json:
        yield from _is(request, _JSON)
        body = json.loads(request.content)
        yield from _members(body, endpoint.json)
    elif endpoint.form and request.content:
        yield from _is(request, _FORM)
        form = _decoded(request.content.decode())
        yield from _pairs(form, endpoint.form, may_clear=True)
        body = dict(form)
    elif request.content:
        yield "has a body that the description does not know"
    given = {*body, *dict(query)}
    yield from (f"{name} is missing" for name in endpoint.required if name not in given)
    yield from (f"one of {', '.join(names)} is missing" for names in endpoint.one_of if not given & set(names))


def _decoded(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True)


def _is(request: httpx.Request, content_type: str) -> Iterator[str]:
    if request.headers.get("content-type") != content_type:
        yield f"is {request.headers.get('content-type')} instead of {content_type}"


def _pairs(given: list[tuple[str, str]], known: Mapping[str, Type], *, may_clear: bool) -> Iterator[str]:
    names = [name for name, _ in given]
    for name, value in given:
        kind = known.get(name)
        if kind is None:
            yield f"{name} is not a parameter"
        elif not (may_clear and value == "") and not _fits(value, kind):
            yield f"{name}={value!r} is not {kind}"
        elif names.count(name) > 1 and not (isinstance(kind, str) and kind in _SEVERAL):
            yield f"{name} is given {names.count(name)} times"


def _members(given: Mapping[str, Any], known: Mapping[str, Type], path: str = "") -> Iterator[str]:
    for name, value in given.items():
        kind = known.get(name)
        if kind is None:
            yield f"{path}{name} is not a member"
        elif isinstance(kind, str) and kind.startswith("#"):
            yield from _inner(value, kind.removeprefix("#"), f"{path}{name}.")
        elif kind == "object":
            if not isinstance(value, dict):
                yield f"{path}{name} is not an object"
        elif not isinstance(value, str) or not _fits(value, kind):
            yield f"{path}{name}={value!r} is not {kind}"


def _inner(value: Any, name: str, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        yield from _members(value, TABLE["object"][name], path)
    else:
        yield f"{path} is not an object"


def _fits(value: str, kind: Type) -> bool:
    if isinstance(kind, list):
        return value in kind
    if kind.startswith("sid "):
        return re.fullmatch(rf"(?:{kind.removeprefix('sid ')})[0-9a-fA-F]{{32}}", value) is not None
    return re.fullmatch(_PATTERNS[kind], value) is not None
