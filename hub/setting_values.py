"""What the value of a setting must look like: each function returns what is kept, or raises ValueError."""

import csv
import re
from urllib.parse import SplitResult, urlsplit

from pydantic import SecretStr

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def root_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an http or https URL such as https://api.example.com")
    if parts.path not in {"", "/"} or parts.query:
        raise ValueError("must be a root URL without path: the hub adds the path itself")
    return value.rstrip("/")


def database_url(value: str | None) -> str | None:
    """Return the URL in the form SQLAlchemy wants; all PostgreSQL spellings mean psycopg 3."""
    if not value:
        return None
    for prefix in ("postgres://", "postgresql://", "postgresql+psycopg://"):
        if value.startswith(prefix):
            return "postgresql+psycopg://" + value.removeprefix(prefix)
    if value.startswith("sqlite:///"):
        return value
    raise ValueError("must start with postgresql:// or sqlite:///")


def redis_url(value: str | None) -> str | None:
    if value and not value.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("must start with redis://, rediss:// or unix://")
    return value or None


def mail_url(value: SecretStr | None) -> SecretStr | None:
    if value is None or not value.get_secret_value():
        return None
    parts = urlsplit(value.get_secret_value())
    if parts.scheme != "smtp" or not parts.hostname or not _has_port(parts):
        raise ValueError("must look like smtp://user:password@host:587?tls=auto")
    return value


def _has_port(parts: SplitResult) -> bool:
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False


def hosts(value: str) -> str:
    """Return hosts with their ports, separated by commas."""
    found = [each.strip().lower() for each in value.split(",") if each.strip()]
    for each in found:
        parts = urlsplit(f"//{each}")
        if not parts.hostname or not _has_port(parts) or parts.port is None or each != parts.netloc:
            raise ValueError("must be hosts with their ports, separated by commas, such as crm.intern.example:8443")
    return ",".join(found)


def log_level(value: str) -> str:
    if value.upper() not in _LEVELS:
        raise ValueError(f"must be one of {', '.join(_LEVELS)}")
    return value.upper()


def secret_key(value: SecretStr | None) -> SecretStr | None:
    if value is None or not value.get_secret_value():
        return None
    if len(value.get_secret_value()) < 32:
        raise ValueError("must have at least 32 characters; `openssl rand -hex 32` makes one")
    return value


def older_secret_keys(value: SecretStr | None) -> SecretStr | None:
    for key in separated(value):
        if len(key) < 32:
            raise ValueError("must be secret keys of at least 32 characters each, separated by commas")
    return value


def separated(value: SecretStr | None) -> list[str]:
    """Read comma-separated keys as CSV: one that contains a comma stands in double quotes."""
    lines = csv.reader([value.get_secret_value()] if value else [], skipinitialspace=True)
    return [key.strip() for line in lines for key in line if key.strip()]


def clamd_url(value: str | None) -> str | None:
    if not value:
        return None
    parts = urlsplit(value)
    is_tcp = parts.scheme == "tcp" and parts.hostname and _has_port(parts) and parts.port and parts.path in {"", "/"}
    is_unix = parts.scheme == "unix" and not parts.netloc and parts.path.startswith("/")
    if not is_tcp and not is_unix:
        raise ValueError("must look like tcp://127.0.0.1:3310 or unix:///run/clamav/clamd.ctl")
    return value


def bucket(value: str) -> str:
    if value and not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", value):
        raise ValueError("must be a bucket's name: 3 to 63 lower-case letters, digits, dots and hyphens")
    return value
