"""Examples in the words of a docstring: `f(2) == 3`, `f(2) => 3`, `f(2) ➞ 3`, `f(2) -> 3`, `f(2) returns 3`. Doubt means no example."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from astral_runtime.examples.doctests import Docstring
from astral_runtime.examples.example import Example, Origin
from astral_runtime.examples.plain import is_plain, is_value, parsed

_SAYS = re.compile(r"`*\s*(?:==|=>|➞|→|->|⇒|returns\b|should return\b|gives\b)\s*`*\s*")

_COMMENT = re.compile(r"\s#")
_STOPS = re.compile(r"`|;|\.(?=\s|$)|,\s+(?=[A-Za-z`])|\s+(?:and|because|since|when|as|but|while)\s|\s+\(")
"""Where the wanted value may end and the sentence go on. The whole rest of the line, up to a comment, is tried first."""

_SHORTENED = re.compile(r"\.\.\.|…")


def prose(docstring: Docstring, name: str) -> tuple[Example, ...]:
    """Examples of the module-level function `name` that the docstring's text states, one line each, doctests left out."""
    return tuple(example for offset, line in _lines(docstring.text) for example in _on_line(docstring, offset, line, name))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines that belong to no doctest, with their offsets."""
    within = False
    for offset, line in enumerate(text.splitlines()):
        within = line.lstrip().startswith(">>>") or (within and bool(line.strip()))
        if not within and not _SHORTENED.search(line):
            yield offset, line


def _on_line(docstring: Docstring, offset: int, line: str, name: str) -> Iterator[Example]:
    for found in re.finditer(rf"(?<![\w.]){re.escape(name)}\(", line):
        call = _call(line, found.start())
        says = _SAYS.match(line, found.start() + len(call)) if call else None
        if not call or says is None or not _is_example_call(call, name):
            continue
        want = _want(line[says.end() :])
        if want is not None:
            text = line[found.start() : says.end()] + want
            yield Example(call, want, "prose", Origin(docstring.path, docstring.line + offset, text))


def _call(line: str, start: int) -> str:
    """The call that starts there, up to the bracket that closes it so that it parses; "" when none does."""
    for end in (match.end() for match in re.finditer(r"\)", line[start:])):
        if isinstance(parsed(line[start : start + end]), ast.Call):
            return line[start : start + end]
    return ""


def _is_example_call(call: str, name: str) -> bool:
    node = parsed(call)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and is_plain(node, {name}) and not _mentions_types(node)


def _mentions_types(call: ast.Call) -> bool:
    """`f(int, str)` is a signature."""
    return any(isinstance(each, ast.Name) for each in [*call.args, *(keyword.value for keyword in call.keywords)])


def _want(rest: str) -> str | None:
    """The value that a rest of a line begins with."""
    cuts = [*_starts(_COMMENT, rest), len(rest), *_starts(_STOPS, rest)]
    for end in dict.fromkeys(cuts):
        text = rest[:end].strip().rstrip(".,;:")
        node = parsed(text) if text else None
        if node is not None and is_value(node):
            return text
    return None


def _starts(pattern: re.Pattern[str], text: str) -> list[int]:
    return [match.start() for match in pattern.finditer(text)]
