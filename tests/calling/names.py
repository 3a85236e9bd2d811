"""Names that lead where a test says, without asking anybody."""

import socket
from collections.abc import Callable
from typing import Any

import pytest


def lead(patch: pytest.MonkeyPatch, name: str, address: str) -> None:
    """Let a host's name lead to an address; other names lead where they did."""
    real: Callable[..., Any] = socket.getaddrinfo

    def look_up(host: Any, port: Any, *more: Any, **named: Any) -> Any:
        if host == name:
            return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port))]
        return real(host, port, *more, **named)

    patch.setattr(socket, "getaddrinfo", look_up)
