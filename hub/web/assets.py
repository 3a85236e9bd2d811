"""The pages' style sheets, scripts and icons."""

from os import PathLike, stat_result

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_VERSIONED = "public, max-age=31536000, immutable"
_AS_IT_IS_NOW = "no-cache"


class Assets(StaticFiles):
    """Static files: an address with its checksum is kept for good, any other is asked about each time.

    Scripts import one another by plain names; so a new version of one is never run with an old one of another.
    """

    def file_response(
        self, full_path: "str | PathLike[str]", stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        versioned = scope.get("query_string", b"").startswith(b"v=")
        response.headers["Cache-Control"] = _VERSIONED if versioned else _AS_IT_IS_NOW
        return response
