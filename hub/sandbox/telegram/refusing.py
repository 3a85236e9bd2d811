"""How the Bot API refuses."""

_WORDS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    413: "Request Entity Too Large",
    429: "Too Many Requests",
}


class Refused(Exception):  # noqa: N818
    """The Bot API's own refusal."""

    def __init__(self, status: int, text: str = "", parameters: dict[str, int] | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.parameters = parameters
        self.description = f"{_WORDS[status]}: {text}" if text else _WORDS[status]
