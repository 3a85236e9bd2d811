"""Parsing Python source for tests that read the code."""

import ast
import gc


def parsed(source: str) -> ast.Module:
    """Parse while no finalizer can run: inside, it makes CPython 3.11 miscount its recursion (gh-106905)."""
    gc.disable()
    try:
        return ast.parse(source)
    finally:
        gc.enable()
