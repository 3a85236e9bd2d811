"""The OpenAPI 3.1 document, made from the table of endpoints, and the page that shows it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from hub.web.api.frame import PREFIX, Endpoint
from hub.web.auth import LONGEST_REASON
from hub.web.problems import MEDIA_TYPE, Problem

_REF = "#/components/schemas/{model}"
_PROBLEM = {"$ref": _REF.format(model="Problem")}
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_DESCRIPTION = (
    "Errors are RFC 9457 problem documents. Lists answer `items` and `next`; hand `next` over as `cursor`. "
    "Times are ISO 8601 in UTC."
)
_UPLOAD_SCHEMA = {
    "type": "object",
    "required": ["file"],
    "properties": {"file": {"type": "string", "contentMediaType": "application/octet-stream"}},
}
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Makes a repeat return the first answer, for 24 hours",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}

_REASON = {
    "name": "X-Reason",
    "in": "header",
    "required": False,
    "description": "Why, for the audit log",
    "schema": {"type": "string", "maxLength": LONGEST_REASON},
}

Json = dict[str, Any]
_Schemas = Mapping[tuple[Any, JsonSchemaMode], Json]


def document(endpoints: Sequence[Endpoint], version: str) -> Json:
    """Return the OpenAPI document of these endpoints."""
    schemas, components = _schemas(endpoints)
    paths: dict[str, Json] = {}
    for endpoint in endpoints:
        paths.setdefault(PREFIX + endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "messenger-hub", "version": version, "description": _DESCRIPTION},
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "hub_session"},
            },
        },
    }


def _schemas(endpoints: Sequence[Endpoint]) -> tuple[_Schemas, Json]:
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(Problem, "serialization")]
    for endpoint in endpoints:
        if endpoint.body is not None:
            wanted.append((endpoint.body, "validation"))
        if endpoint.returns is not None:
            wanted.append((endpoint.returns, "serialization"))
    refs, defined = models_json_schema(list(dict.fromkeys(wanted)), ref_template=_REF)
    return refs, defined.get("$defs", {})


def _operation(endpoint: Endpoint, schemas: _Schemas) -> Json:
    operation: Json = {
        "operationId": endpoint.handler.__module__.rpartition(".")[2] + "." + _slug(endpoint),
        "summary": endpoint.summary,
        "tags": [endpoint.tag],
        "parameters": _parameters(endpoint),
        "responses": _responses(endpoint, schemas),
    }
    if endpoint.permission is not None:
        operation["description"] = f"Needs the permission to {endpoint.permission}."
    if endpoint.public:
        operation["security"] = []
    if (content := _request_content(endpoint, schemas)) is not None:
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _slug(endpoint: Endpoint) -> str:
    words = re.sub(r"\W+", "_", endpoint.path).strip("_")
    return f"{endpoint.method.lower()}_{words}"


def _parameters(endpoint: Endpoint) -> list[Json]:
    parameters: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PLACEHOLDER.findall(endpoint.path)
    ]
    if endpoint.query is not None:
        parameters += _query_parameters(endpoint.query)
    if endpoint.creates:
        parameters.append(_IDEMPOTENCY_KEY)
    if endpoint.method != "GET":
        parameters.append(_REASON)
    return parameters


def _query_parameters(model: type[BaseModel]) -> list[Json]:
    schema = model.model_json_schema(ref_template=_REF)
    required = set(schema.get("required", ()))
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _inlined(found, schema.get("$defs", {}))}
        for name, found in schema["properties"].items()
    ]


def _inlined(schema: Any, defs: Json) -> Any:
    """Replace references by what they name: parameters are read one by one."""
    match schema:
        case {"$ref": str(ref)}:
            return defs[ref.rpartition("/")[2]]
        case dict():
            return {key: _inlined(value, defs) for key, value in schema.items()}
        case list():
            return [_inlined(value, defs) for value in schema]
        case _:
            return schema


def _request_content(endpoint: Endpoint, schemas: _Schemas) -> Json | None:
    if endpoint.body is not None:
        return {"application/json": {"schema": schemas[(endpoint.body, "validation")]}}
    if endpoint.consumes != "application/json":
        return {endpoint.consumes: {"schema": _UPLOAD_SCHEMA}}
    return None


def _responses(endpoint: Endpoint, schemas: _Schemas) -> Json:
    good: Json = {"description": endpoint.summary}
    if endpoint.returns is not None:
        good["content"] = {"application/json": {"schema": schemas[(endpoint.returns, "serialization")]}}
    elif endpoint.success != 204:
        good["content"] = {endpoint.produces: {}}
    problem = {"description": "A problem document", "content": {MEDIA_TYPE: {"schema": _PROBLEM}}}
    return {str(endpoint.success): good, "default": problem}
