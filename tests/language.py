"""Every text of the pages as templates, code and scripts say it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, nodes

from hub.web.rendering import STATIC
from tests.parsing import parsed

WEB = STATIC.parent
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
SCRIPTS = sorted((STATIC / "js").glob("*.js"))
SCRIPT_TEXT = re.compile(r'(?<![\w$.])t\("((?:[^"\\]|\\.)*)"')


# pieces of a tag's attributes, which no reader sees
_OF_TAGS = frozenset({"body_class", "body_attributes", "measures", "tied"})


def _tree(path: Path) -> nodes.Template:
    return Environment(autoescape=True).parse(path.read_text())


def written_by(path: Path) -> str:
    """Return what a template writes by itself, NUL standing for each value."""
    tree = _tree(path)
    named = [*tree.find_all(nodes.Block), *tree.find_all(nodes.Macro)]
    hidden = {id(output) for each in named if each.name in _OF_TAGS for output in each.find_all(nodes.Output)}
    outputs = [output for output in tree.find_all(nodes.Output) if id(output) not in hidden]
    return "".join(
        piece.data if isinstance(piece, nodes.TemplateData) else "\x00" for output in outputs for piece in output.nodes
    )


def texts_of_templates() -> set[str]:
    """What templates give to `t`, and both forms that they give to `n`."""
    return {text for path in TEMPLATES for text in _said(path)}


def _said(path: Path) -> Iterator[str]:
    for call in _tree(path).find_all(nodes.Call):
        if not isinstance(call.node, nodes.Name):
            continue
        match call.node.name, call.args:
            case "t", [nodes.Const(value=str(text)), *_]:
                yield text
            case "n", [nodes.Const(value=str(one)), nodes.Const(value=str()), *_]:
                yield one
            case _:
                pass


def texts_of_code() -> set[str]:
    """What code of the web marks for the catalogue."""
    return {text for path in sorted(WEB.rglob("*.py")) for text in _marked(path)}


def _marked(path: Path) -> Iterator[str]:
    for node in ast.walk(parsed(path.read_text())):
        match node:
            case ast.Call(func=ast.Name(id="marked"), args=[ast.Constant(value=str(text))]):
                yield text
            case _:
                pass


def texts_of_scripts() -> set[str]:
    return {text for path in SCRIPTS for text in SCRIPT_TEXT.findall(path.read_text())}
