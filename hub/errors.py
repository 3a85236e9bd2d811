"""The hub's exceptions. Each carries one sentence that names cause and mend, and never a secret.

HubError
├── NotFound            404  no such thing, or not yours
├── Conflict            409  the state forbids it now
├── Invalid             422  the request can never work as it is
│   └── UnsupportedContent   the channel cannot say it
├── Forbidden           403  you may not
│   └── Suspended            the organization is suspended
├── Unauthenticated     401  sign in first
├── TooMany             429  slow down
├── Unreadable          410  sealed, and its key is gone or its bytes were changed
├── Unavailable         503  a part the hub needs is down; nothing was changed
└── Misconfigured            a setting is wrong; stops the start
"""

from collections.abc import Mapping
from typing import Any


class HubError(Exception):
    """Base of every error the hub raises on purpose. `detail` is safe to show; `extra` joins the problem document."""

    status = 500
    title = "Something went wrong in the hub"

    def __init__(self, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra: Mapping[str, Any] = extra


class NotFound(HubError):  # noqa: N818 - reads as the HTTP condition it becomes
    status = 404
    title = "Not found"


class Conflict(HubError):  # noqa: N818
    status = 409
    title = "Conflict"


class Invalid(HubError):  # noqa: N818
    status = 422
    title = "Invalid request"


class UnsupportedContent(Invalid):
    title = "The channel cannot say this"


class Forbidden(HubError):  # noqa: N818
    status = 403
    title = "Forbidden"


class Suspended(Forbidden):
    title = "Suspended"


class Unauthenticated(HubError):  # noqa: N818
    status = 401
    title = "Not signed in"


class TooMany(HubError):  # noqa: N818
    """`retry_after` in seconds goes into the header of that name."""

    status = 429
    title = "Too many requests"

    def __init__(self, detail: str, retry_after: float = 1.0) -> None:
        super().__init__(detail, retry_after=retry_after)
        self.retry_after = retry_after


class Unreadable(HubError):  # noqa: N818
    status = 410
    title = "It cannot be read any more"


class Unavailable(HubError):  # noqa: N818
    status = 503
    title = "Temporarily unavailable"


class Misconfigured(HubError):  # noqa: N818
    title = "A setting is wrong"
