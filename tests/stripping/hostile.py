"""Texts made to hang a reader of answers: endless shapes of lines that mean something, and of near misses."""

import random
from collections.abc import Iterator

SIZE = 100_000
SHAPES = (
    *(
        "On ",
        "On \n",
        "Am ",
        "Am \n",
        "\n",
        "\t\n",
        " ",
        "\r\n",
        "\u200b\n",
        ">",
        ">\n",
        "> \n",
        "> > > \n",
        "&gt; a\n",
    ),
    *("On x wrote:\n", "Op x schreef ", "Am x schrieb\n", "wrote:\n", "> wrote:\n", ":\n", "a:\n", "a\n", "a\n\n"),
    *("On 2026 x\n", "On 2026 10:00\nx wrote:\n\n", "2026 <a@b.example>:\n", "<a@b.example>:\n", "<\na@b\n> wrote:\n"),
    *("> a\nb\n", "> a\n\nb\n\n", "On 2026 10:00 x <a@b> wrote:\n> a\nb\n", "On 2026 10:00 x <a@b> wrote:\n> a\n\n"),
    *("-- \n", "--\n", "-", "---\n", "____\n", "- - -\n", "*\n", "x\n-- \n", "-- \nx\n", "x\n____________\nlistinfo\n"),
    *(
        "From: a\n",
        "Von: a\nGesendet: b\n",
        "From: a@b.example\nx\nTo: b\n",
        "To: a\n\n",
        "Cc: a\n",
        "From: " * 60 + "\n",
    ),
    *(
        "-----Original Message-----\n",
        "-----Original Message\n",
        "-- Forwarded message --\n",
        "Begin forwarded message:\n",
    ),
    *(
        "Sent from my iPhone\n",
        "x\nSent from my iPhone\n",
        "sent from " * 30 + "\n",
        "http://x\n",
        "> a\nhttp://x\n> b\n",
    ),
    *("-- Please reply above this line --\n", "x\n-- Please reply above this line --\n", "a / " * 90 + "\n"),
    *(
        "<" * 300 + "@:\n",
        "@" * 390 + ":\n",
        "wrote " * 60 + ":\n",
        "1 " * 190 + ":\n",
        "On " + "1." * 190 + " wrote:\n",
    ),
    *(
        "a@b " * 90 + ":\n",
        "写道\uff1a\n",
        "在 1 写道\uff1a\n",
        "\ue003\n",
        "\ue004\n> x\n",
        "\ue001\n",
        "x" * 99_000,
        "a\x0b\n",
    ),
)
LINES = tuple(shape.rstrip("\n") for shape in SHAPES if len(shape) < 500)


def shapes(size: int = SIZE) -> Iterator[str]:
    """Yield each shape, bare and below an answer, and mixtures of their lines, at `size` characters."""
    for shape in SHAPES:
        endless = (shape * (size // len(shape) + 1))[:size]
        yield endless
        yield f"Yes\n\n{endless}"[:size]
    for seed in range(8):
        yield mixture(seed, size)


def mixture(seed: int, size: int = SIZE) -> str:
    """Lines that mean something in an order that a seed fixes."""
    choose = random.Random(seed)  # noqa: S311 - repeatable, not secret
    lines: list[str] = []
    length = 0
    while length < size:
        lines.append(choose.choice(LINES))
        length += len(lines[-1]) + 1
    return "\n".join(lines)[:size]
