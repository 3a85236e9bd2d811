"""The house rules as tests: who may know what, who may import what, and how long things may get.

The layers themselves (arrows down only) are contracts of import-linter in pyproject.toml, checked by `make check`.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from hub.channels.registry import _CLASSES
from hub.failpoints import FAILPOINTS
from hub.settings import Settings
from tests.parsing import parsed

ROOT = Path(__file__).parent.parent
MAX_FILE_LINES = 250
MAX_FUNCTION_LINES = 40

# the schema as it is written out for two databases: one long list of tables, made once and never edited
_SCHEMA = "hub/db/migrations/versions/"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def _sources() -> dict[str, str]:
    """Every Python file of the product, by its path."""
    files = (file for folder in ("hub", "workers", "benchmarks") for file in (ROOT / folder).rglob("*.py"))
    found = {file.relative_to(ROOT).as_posix(): file.read_text() for file in sorted(files)}
    assert len(found) > 100
    return found


@cache
def _tree(path: str) -> ast.Module:
    return parsed(_sources()[path])


def _nodes(path: str) -> Iterator[ast.AST]:
    return ast.walk(_tree(path))


def _product() -> list[str]:
    """The files of the running hub: not the benchmarks."""
    return [path for path in _sources() if path.startswith(("hub/", "workers/"))]


def _functions(path: str) -> Iterator[Function]:
    return (node for node in _nodes(path) if isinstance(node, Function))


def _imports(path: str) -> Iterator[tuple[int, str]]:
    for node in _nodes(path):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module


# --- size -----------------------------------------------------------------------------------------------


def test_no_file_is_longer_than_250_lines() -> None:
    long = [
        f"{path} ({lines})"
        for path, source in _sources().items()
        if (lines := source.count("\n")) > MAX_FILE_LINES and not path.startswith(_SCHEMA)
    ]
    assert long == []


def test_no_function_is_longer_than_40_lines() -> None:
    long = [
        f"{path}:{function.lineno} {function.name} ({length})"
        for path in _sources()
        if not path.startswith(_SCHEMA)
        for function in _functions(path)
        if (length := _length(function)) > MAX_FUNCTION_LINES
    ]
    assert long == []


def _length(function: Function) -> int:
    """Lines of a function's body without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_no_function_imports_anything() -> None:
    inside = [
        f"{path}:{function.lineno} {function.name}"
        for path in _sources()
        for function in _functions(path)
        if any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(function))
    ]
    assert inside == []


# --- nobody but a kind's own folder says its name -------------------------------------------------------

_OF_PROVIDERS = (
    "hub/channels/",
    "hub/sandbox/",
    "hub/demo/",
    "hub/processes/demo_settings.py",
    # names companies, not channel kinds: it is the list of them
    "hub/providers/registry.py",
    _SCHEMA,
)

# a user's address is an e-mail address, so this kind's name is looked for where kinds are compared
_WORD_OF_USERS = "email"

_ALLOWED: dict[str, frozenset[str]] = {
    # loggers of libraries, which would log request lines with tokens in them
    "hub/log.py": frozenset({"telegram", "twilio"}),
    # a header that is a credential and must not be stored
    "hub/inbound/accept.py": frozenset({"x-telegram-bot-api-secret-token"}),
}


def _names() -> re.Pattern[str]:
    kinds = [str(each.kind) for each in _CLASSES if each.kind != _WORD_OF_USERS]
    providers = sorted({each.provider for each in _CLASSES if each.provider} | {"mailgun"})
    words = "|".join(kinds + providers)
    return re.compile(rf"(?i:(?<![a-z])(?:{words}|whats_app)(?![a-z]))|\bMeta\b")


def test_core_code_never_names_a_channel_kind_or_a_provider() -> None:
    pattern = _names()
    found = [
        f"{path}:{line} {text}"
        for path in _core()
        for line, text in _said(path)
        if pattern.search(text) and text not in _ALLOWED.get(path, ())
    ]
    assert found == []


def test_core_code_never_compares_with_the_word_for_mail_channels() -> None:
    found = [
        f"{path}:{node.lineno}"
        for path in _core()
        for node in _nodes(path)
        if isinstance(node, ast.Compare | ast.MatchValue) and _mentions(node, _WORD_OF_USERS)
    ]
    assert found == []


def test_the_only_exceptions_to_it_are_still_needed() -> None:
    assert {path: words for path, words in _ALLOWED.items() if not words <= {text for _, text in _said(path)}} == {}


def _core() -> list[str]:
    return [path for path in _product() if not path.startswith(_OF_PROVIDERS)]


def _said(path: str) -> Iterator[tuple[int, str]]:
    """Every string and every name of a file, docstrings and the fields of Settings left out."""
    skipped = set(_docstrings(path)) | set(_settings_fields(path))
    for node in _nodes(path):
        if id(node) not in skipped:
            for text in _texts(node):
                yield getattr(node, "lineno", 0), text


def _texts(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)) | ast.Name(id=text) | ast.Attribute(attr=text) | ast.arg(arg=text):
            yield text
        case ast.FunctionDef(name=text) | ast.AsyncFunctionDef(name=text) | ast.ClassDef(name=text):
            yield text
        case ast.alias(name=text) | ast.keyword(arg=str(text)):
            yield text
        case _:
            return


def _docstrings(path: str) -> Iterator[int]:
    for node in _nodes(path):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield id(node.value)


def _settings_fields(path: str) -> Iterator[int]:
    """The settings are named after the providers they belong to: HUB_TWILIO_… is part of the hub's outside."""
    if path != "hub/settings.py":
        return
    for node in _nodes(path):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            assert node.target.id in {*Settings.model_fields, "model_config"}
            yield from (id(inner) for inner in ast.walk(node))


def _mentions(node: ast.AST, word: str) -> bool:
    return any(isinstance(inner, ast.Constant) and inner.value == word for inner in ast.walk(node))


# --- who may use what -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("packages", "allowed"),
    [
        (("sqlalchemy", "sqlmodel", "alembic", "psycopg"), ("hub/db/",)),
        (("rq",), ("hub/queue.py", "workers/lane.py")),
    ],
    ids=["only hub.db speaks SQL", "only the queue and the lanes know RQ"],
)
def test_a_package_is_imported_only_where_it_belongs(packages: tuple[str, ...], allowed: tuple[str, ...]) -> None:
    found = [
        f"{path}:{line} {name}"
        for path in _product()
        for line, name in _imports(path)
        if any(name == package or name.startswith(f"{package}.") for package in packages)
        if not path.startswith(allowed)
    ]
    assert found == []


_CLIENTS = {
    "httpx": {"AsyncClient", "Client", "AsyncHTTPTransport", "HTTPTransport", "get", "post", "request", "stream"}
}


# what talks to the hub from outside: the simulators, and the demo's set-up, which uses the API like anybody
_CALLERS_OF_THE_HUB = ("hub/sandbox/", "hub/demo/")


def test_only_the_http_factory_makes_http_clients() -> None:
    makers = {
        path
        for path in _product()
        if not path.startswith(_CALLERS_OF_THE_HUB)
        for node in _nodes(path)
        if isinstance(node, ast.Call) and _is_client(node.func)
    }
    assert makers == {"hub/channels/http.py"}


def _is_client(called: ast.expr) -> bool:
    match called:
        case ast.Attribute(value=ast.Name(id=module), attr=name):
            return name in _CLIENTS.get(module, ())
        case _:
            return False


# names of our own tables, columns and roles, and PRAGMA, which takes no parameters: never a value
_SQL_BUILT = {
    "hub/db/bulk.py": 3,
    "hub/db/engines.py": 2,
    "hub/db/migrations/versions/0002_the_data_spine.py": 2,
    "hub/db/rights.py": 5,
}
# beside those: what rows from before a column get in it, written in the tables
_SQL_RUN_AS_BUILT = {"hub/db/bulk.py": 2, "hub/db/rights.py": 8, "hub/db/tables/columns.py": 1}

_SQL_VERB = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH|PRAGMA|CREATE|ALTER|DROP|TRUNCATE|SET|COPY)\s")


def test_no_sql_is_built_from_strings_outside_the_named_places() -> None:
    """K16: every value is a bound parameter."""
    built = Counter(path for path in _product() for node in _nodes(path) if _SQL_VERB.match(_put_together(node)))
    assert built == _SQL_BUILT


def test_what_is_run_as_sql_text_is_a_constant_outside_the_named_places() -> None:
    run = Counter(
        path
        for path in _product()
        if path.startswith("hub/db/")
        for node in _nodes(path)
        if isinstance(node, ast.Call) and _called_name(node.func) in {"text", "exec_driver_sql", "literal_column"}
        if not _is_constant(node.args[0])
    )
    assert run == _SQL_RUN_AS_BUILT


def _put_together(node: ast.AST) -> str:
    """The beginning of a text that is not a constant as a whole; empty for every other expression."""
    match node:
        case ast.JoinedStr(values=[ast.Constant(value=str(start)), _, *_]):
            return start
        case ast.BinOp(left=ast.Constant(value=str(start)), op=ast.Add() | ast.Mod()):
            return start
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(start)), attr="format" | "replace")):
            return start
        case _:
            return ""


def _is_constant(node: ast.expr) -> bool:
    match node:
        case ast.Constant():
            return True
        case ast.IfExp(body=ast.Constant(), orelse=ast.Constant()):
            return True
        case _:
            return False


def _called_name(called: ast.expr) -> str:
    match called:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


# --- where every exception may be caught ----------------------------------------------------------------

_BOUNDARIES = {
    "hub/channels/facebook/looking.py": 1,  # a probe never raises
    "hub/channels/telegram/adapter.py": 1,  # a probe never raises
    "hub/channels/twilio/number.py": 2,  # probes of a sender and of an account never raise
    "hub/filing/fetching.py": 1,  # a provider's client may raise anything
    "hub/inbound/drain.py": 3,  # a batch, a payload, a poison event
    "hub/privacy/authors.py": 1,  # whatever bytes do to a parser, they are only looked into
    "hub/privacy/work.py": 1,  # a round of a case
    "hub/numbers/cases/working.py": 1,  # an effect of a ban case
    "hub/inbound/accept.py": 1,  # a payload about one letter must not keep back the rest of its request
    "hub/inbound/intake.py": 1,  # the commit thread
    "hub/notifying/sending.py": 1,  # the adapter says what an error means
    "hub/outbound/automatic.py": 1,  # one answer must not keep the others from being said
    "hub/outbound/errands.py": 1,  # the adapter says what an error means
    "hub/outbound/looking.py": 1,  # without an answer nothing is known
    "hub/outbound/sending.py": 1,  # the adapter says what an error means
    "hub/routing/assignment/acting.py": 1,  # one organization must not keep the others from what is due
    "hub/provisioning/looking_up.py": 1,  # a number's look-up refuses nothing
    "hub/provisioning/templates.py": 1,  # a provider's client may raise anything
    "hub/provisioning/probing.py": 1,  # a provider's client may raise anything
    "hub/provisioning/proving.py": 1,  # the adapter says what an error means
    "hub/sandbox/http_client.py": 1,  # closes its connection and raises on
    "hub/sandbox/queue.py": 1,  # a worker of the sandbox
    "hub/web/feeds.py": 1,  # a reader that died would leave its streams silent
    "hub/web/headers.py": 1,  # the error page
    "workers/main.py": 1,  # the process of a lane
}


def test_everything_is_caught_only_at_the_named_boundaries() -> None:
    found = Counter(
        path
        for path in _product()
        for node in _nodes(path)
        if isinstance(node, ast.ExceptHandler) and _catches_everything(node)
    )
    assert found == _BOUNDARIES


def _catches_everything(handler: ast.ExceptHandler) -> bool:
    caught = (
        {"BaseException"}
        if handler.type is None
        else {_called_name(each) for each in ast.walk(handler.type) if isinstance(each, ast.expr)}
    )
    return bool(caught & {"Exception", "BaseException"})


# --- failpoints -----------------------------------------------------------------------------------------


def test_every_failpoint_lies_on_the_line_and_every_reach_names_one() -> None:
    reached = {
        node.args[0].value
        for path in _product()
        for node in _nodes(path)
        if isinstance(node, ast.Call) and _called_name(node.func) == "reach"
        if isinstance(node.args[0], ast.Constant)
    }
    assert reached == set(FAILPOINTS)


def test_there_are_at_least_twenty_failpoints() -> None:
    assert len(set(FAILPOINTS)) == len(FAILPOINTS) >= 20
