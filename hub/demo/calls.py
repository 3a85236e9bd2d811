"""The two servers the demo talks with, over HTTP."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

import httpx

from hub.errors import Unavailable

Json = dict[str, Any]
T = TypeVar("T")
File = tuple[str, bytes, str]
"""Name, content, content type."""

_LOOK_EVERY = 0.2
_PAGE = 200


class Refused(Exception):  # noqa: N818 - reads as what happened
    """A server did not do what it was asked; the text is its own reason."""


class Server:
    """One HTTP server. `token` is sent as a bearer token where given."""

    def __init__(self, root: str, token: str = "") -> None:
        self.root = root
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        # a creation may wait for a provider's answers
        self._http = httpx.Client(base_url=root, headers=headers, timeout=30.0)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def get(self, path: str, **query: str) -> Json:
        """Return what is at `path`. Raises Refused, Unavailable."""
        return self._call("GET", path, query=query)

    def post(self, path: str, body: Json) -> Json:
        """Create or do something. Raises Refused, Unavailable."""
        return self._call("POST", path, body)

    def put(self, path: str, body: Json) -> Json:
        """Set something. Raises Refused, Unavailable."""
        return self._call("PUT", path, body)

    def patch(self, path: str, body: Json) -> Json:
        """Change something. Raises Refused, Unavailable."""
        return self._call("PATCH", path, body)

    def fetch(self, path: str, **query: str) -> bytes:
        """Return the bytes of a file. Raises Refused, Unavailable."""
        return self._request("GET", path, params=query).content

    def upload(self, path: str, file: File) -> Json:
        """Send a file as a form. Raises Refused, Unavailable."""
        result: Json = self._request("POST", path, files={"file": file}).json()
        return result

    def items(self, path: str) -> list[Json]:
        """Return the first items of a list."""
        found: list[Json] = self.get(path, limit=str(_PAGE))["items"]
        return found

    def answers(self, path: str) -> bool:
        """Tell whether the server answers `path` with success."""
        try:
            return self._http.get(path).is_success
        except httpx.HTTPError:
            return False

    def _call(self, method: str, path: str, body: Json | None = None, query: dict[str, str] | None = None) -> Json:
        answer = self._request(method, path, body, query)
        result: Json = answer.json() if answer.content else {}
        return result

    def _request(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        params: dict[str, str] | None = None,
        files: dict[str, File] | None = None,
    ) -> httpx.Response:
        try:
            answer = self._http.request(method, path, json=body, params=params, files=files)
        except httpx.HTTPError as error:
            raise Unavailable(f"{method} {path} got no answer ({type(error).__name__})") from None
        if not answer.is_success:
            raise Refused(f"{method} {path} was answered {answer.status_code}: {_reason(answer)}")
        return answer


def _reason(answer: httpx.Response) -> str:
    try:
        return str(answer.json().get("detail", ""))
    except ValueError:
        return answer.reason_phrase


def until(condition: Callable[[], T | None], what: str, seconds: float) -> T:
    """Wait until `condition` gives something true and return it. Raises Unavailable, naming `what` was waited for."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(_LOOK_EVERY)
    raise Unavailable(f"{what} did not come within {seconds:.0f} seconds; see the log above")
