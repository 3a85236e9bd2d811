"""The one bounded thread pool in which the web calls the synchronous use cases."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

_POOL = ThreadPoolExecutor(max_workers=16, thread_name_prefix="web")

P = ParamSpec("P")
T = TypeVar("T")


async def run(func: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call `func` in the pool and wait for its result; log context travels along."""
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(_POOL, lambda: context.run(func, *args, **kwargs))
