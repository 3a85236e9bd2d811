"""The REST API. One table of endpoints gives the routes, the validation, the OpenAPI document and the role tests.

How to add a module (`groups.py` is the worked example):

1. Write `hub/web/api/NOUN.py`: pydantic models of what comes in (subclass `Body`, or `Query` for the query string) and
   of what goes out (subclass `Shown`), then one handler per endpoint, then `ENDPOINTS = (Endpoint(…), …)`.
2. Add `*NOUN.ENDPOINTS` to `hub/web/api/table.py`. Nothing else: no route, no documentation, no error handling.

A handler is a plain function `handler(call: Call[BodyModel, QueryModel]) -> Any`; it runs in the web's thread pool,
calls one use case and returns what that returned. The frame has then already

- signed the caller in (`call.actor`) and checked `Endpoint.permission`,
- validated the query (`call.query`) and the JSON body (`call.body`); paths' placeholders are in `call.path["id"]`.

Afterwards it turns the result (a frozen dataclass, or a `Page` of them for `Listing[Model]`) into `Endpoint.returns` by
attribute names; with `returns=None` the answer is 204. A handler may return a starlette `Response` to answer by itself.
Errors of `hub.errors` become problem documents by themselves.

Creations (`creates=True`) take `Idempotency-Key`: hand `call.once` to the use case, which ends its transaction with
`return once.keep(tx, view)` (`hub.db.idempotency`). What it keeps must be the very value the handler returns; where the
handler makes something else of it by a function `show`, hand over `call.once.showing(show)` (see `users.create_user`).

Platform routes say `permission=Permission.PLATFORM`; the frame refuses everybody else.
"""
