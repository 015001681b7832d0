"""Types as mypy's messages spell them, taken apart as far as a rule needs."""

from __future__ import annotations

import re

COROUTINES = frozenset({"Coroutine", "Awaitable", "Task", "Future"})


def head(type: str) -> str:
    """`list` of `list[int]`; a literal's class; the last part of a dotted name."""
    if type.startswith("Literal["):
        inner = type[len("Literal[") :]
        if inner[:1] in "'\"":
            return "str"
        return "bytes" if inner[:2] in ("b'", 'b"') else "bool" if inner.startswith(("True", "False")) else "int"
    if type.startswith("tuple["):
        return "tuple"
    return type.partition("[")[0].rpartition(".")[2].strip("?")


def members(type: str) -> list[str]:
    """The items of a union; the type itself if it is none."""
    return split(type, " | ")


def split(text: str, separator: str) -> list[str]:
    """Split outside of brackets and quotes."""
    parts, depth, quote, start = [], 0, "", 0
    for n, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in "[(":
            depth += 1
        elif character in "])":
            depth -= 1
        elif not depth and text.startswith(separator, n):
            parts.append(text[start:n])
            start = n + len(separator)
    return [*parts, text[start:]]


def arguments(type: str) -> list[str]:
    """`["str", "int"]` of `dict[str, int]`."""
    match = re.fullmatch(r"[\w.]+\[(.*)\]", type)
    return split(match[1], ", ") if match else []


def is_optional(type: str) -> bool:
    """Whether None is one of several possibilities."""
    return "None" in members(type) and len(members(type)) > 1


def is_awaitable(type: str) -> bool:
    """Whether it is what a coroutine function gives when it is called."""
    return head(type) in COROUTINES


def incompatible(message: str) -> tuple[str, str] | None:
    """What was given and what was expected, of the messages that say both."""
    for pattern in (
        r'\(got "(.+)", expected "(.+)"\)',
        r'has incompatible type "(.+)"; expected "(.+)"',
        r'\(expression has type "(.+)", (?:variable|target|TypedDict item "[^"]*"|member) has type "(.+)"\)',
        r'\(default has type "(.+)", parameter has type "(.+)"\)',
        r'Invalid index type "(.+?)" for ".+"; expected type "(.+)"',
        r'\(actual type "(.+)", expected type "(.+)"\)',
    ):
        found = re.search(pattern, message)
        if found is not None:
            return found[1], found[2]
    return None
