"""Logging: one JSON line an event (readable on a terminal): a constant name plus ids, never content or secrets."""

import logging
import sys
import traceback

import structlog

_QUIET = (
    "httpx",
    "httpcore",
    "rq.worker",
    "rq",
    "uvicorn.access",
    "alembic",
    "python_multipart",
    "telegram",
    "twilio",
    "mail.log",
)


def configure(level: str) -> None:
    """Send structlog and the standard library's logging to stderr at `level` (a logging level's name)."""
    renderer = structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=level, format="%(levelname)s %(name)s %(message)s", stream=sys.stderr)
    for name in _QUIET:
        # libraries log request lines, and those carry tokens in their URLs
        logging.getLogger(name).setLevel(logging.WARNING)


def trace_of(error: BaseException) -> str:
    """Say where an error was raised, without its words: they may quote a payload."""
    return "".join(traceback.format_tb(error.__traceback__))


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return the logger of a module; call with `__name__`."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(module=name)
    return logger
