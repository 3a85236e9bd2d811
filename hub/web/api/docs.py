"""The API described: as OpenAPI 3.1, and as a page to read."""

import base64
import hashlib
import html
import json
from functools import cache
from importlib.metadata import version
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response

from hub.web import openapi
from hub.web.api.frame import PREFIX, Call, Endpoint

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1c2430; }
article { border: 1px solid #d7dde5; border-radius: 8px; padding: .5rem 1rem; margin: 1rem 0; }
h2 { margin-top: 2.5rem; text-transform: capitalize; } h3 { margin: .4rem 0; font-size: 1rem; }
code, pre { font: 14px/1.5 ui-monospace, monospace; } pre { overflow-x: auto; background: #f4f6f9; padding: .6rem; }
.method { display: inline-block; min-width: 4.5rem; font-weight: 700; color: #0b5cad; }
details { margin: .4rem 0; } @media (prefers-color-scheme: dark) {
body { background: #14181f; color: #e4e8ee; } article { border-color: #333c48; } pre { background: #1d232c; }
.method { color: #7db7f5; } a { color: #7db7f5; } }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {"Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'"}

Json = dict[str, Any]


def show_document(call: Call[None, None]) -> Response:
    return JSONResponse(_document(call.request.app.state.endpoints))


def show_page(call: Call[None, None]) -> Response:
    return HTMLResponse(_page(call.request.app.state.endpoints), headers=_HEADERS)


@cache
def _document(endpoints: tuple[Endpoint, ...]) -> Json:
    return openapi.document(endpoints, version("messenger-hub"))


@cache
def _page(endpoints: tuple[Endpoint, ...]) -> str:
    document = _document(endpoints)
    info = document["info"]
    sections = "".join(_section(tag, document) for tag in dict.fromkeys(endpoint.tag for endpoint in endpoints))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{info["title"]} API</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style>'
        f"<h1>{info['title']} API {info['version']}</h1><p>{html.escape(info['description'])}</p>"
        f'<p>The same as a document: <a href="{PREFIX}/openapi.json">{PREFIX}/openapi.json</a></p>'
        f"{sections}<h2>Schemas</h2>{_all_schemas(document)}</html>"
    )


def _section(tag: str, document: Json) -> str:
    found = [
        _operation(path, method, operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if operation["tags"] == [tag]
    ]
    return f"<h2>{html.escape(tag)}</h2>" + "".join(found)


def _operation(path: str, method: str, operation: Json) -> str:
    details = [f"<p>{html.escape(operation['summary'])}. {html.escape(operation.get('description', ''))}</p>"]
    parameters = [
        f"<li><code>{html.escape(item['name'])}</code> ({item['in']})</li>" for item in operation["parameters"]
    ]
    if parameters:
        details.append(f"<ul>{''.join(parameters)}</ul>")
    if "requestBody" in operation:
        details.append(f"<p>Takes {_content(operation['requestBody']['content'])}</p>")
    for status, response in operation["responses"].items():
        if status != "default":
            details.append(f"<p>Answers <code>{status}</code> {_content(response.get('content', {}))}</p>")
    heading = f'<span class="method">{method.upper()}</span><code>{html.escape(path)}</code>'
    return f"<article><h3>{heading}</h3>{''.join(details)}</article>"


def _content(content: Json) -> str:
    return ", ".join(f"{html.escape(kind)} {_schema_link(found.get('schema', {}))}" for kind, found in content.items())


def _schema_link(schema: Json) -> str:
    name = schema.get("$ref", "").rpartition("/")[2]
    return f'<a href="#{html.escape(name)}">{html.escape(name)}</a>' if name else ""


def _all_schemas(document: Json) -> str:
    return "".join(
        f'<details id="{html.escape(name)}" open><summary><code>{html.escape(name)}</code></summary>'
        f"<pre>{html.escape(json.dumps(schema, indent=2))}</pre></details>"
        for name, schema in sorted(document["components"]["schemas"].items())
    )


ENDPOINTS = (
    Endpoint("GET", "/openapi.json", "This API as an OpenAPI 3.1 document", show_document, public=True,
             produces="application/vnd.oai.openapi+json"),
    Endpoint("GET", "/docs", "This API as a page to read", show_page, public=True, produces="text/html"),
)  # fmt: skip
