"""Everything that the verifiers reject in one document version: where a repair starts, and what it is held against."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field
from typing import Protocol

from astral_runtime.document import DocumentSnapshot
from astral_runtime.holes import Span
from astral_runtime.repair.code import Code
from astral_runtime.types.client import Unavailable
from astral_runtime.verify.spec import Fault

_NEWER = re.compile(r"\s*(type\s+\w+|(async\s+)?(def|class)\s+\w+\s*\[|except\s+\w+\s*,|.*[fFtT][\"'])")
"""Lines that a Python newer than the one that runs us may read."""


class Diagnoses(Protocol):
    """Whoever can ask mypy about a document."""

    def diagnostics(self, document: DocumentSnapshot, deadline_ms: int) -> tuple[Fault, ...] | Unavailable: ...


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The faults of a document: `syntax` of the parsers, `types` of mypy (its own syntax errors left out).

    `unchecked` is the reason why mypy's are unknown, empty when they are known.
    """

    document: DocumentSnapshot
    syntax: tuple[Fault, ...]
    types: tuple[Fault, ...]
    unchecked: str = ""
    code: Code = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "code", Code(self.document))

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All of them: what does not parse first, for it hides other errors."""
        return (*self.syntax, *self.types)


def diagnose(verifiers: Diagnoses, document: DocumentSnapshot, deadline_ms: int) -> Diagnosis:
    """Ask the parsers and mypy. Never raises for a verifier that is out."""
    found = verifiers.diagnostics(document, deadline_ms)
    if isinstance(found, Unavailable):
        return Diagnosis(document, syntax_faults(document), (), found.why)
    return with_types(document, found)


def with_types(document: DocumentSnapshot, faults: tuple[Fault, ...]) -> Diagnosis:
    """The diagnosis of a document whose mypy errors are known."""
    return Diagnosis(document, syntax_faults(document), tuple(fault for fault in faults if fault.code != "syntax"))


def syntax_faults(document: DocumentSnapshot) -> tuple[Fault, ...]:
    """What CPython's compiler cannot read, else nothing; tree-sitter's word where this Python is too old for the text."""
    error = _compiled(document.text)
    if error is None:
        return ()
    broken = document.native.faults()
    if not _is_newer_syntax(document.text, error):
        return (error,)
    said = ((fault, f"expected {fault.expected}" if fault.expected else "does not parse") for fault in broken)
    return tuple(Fault(words, Span(fault.start, fault.end), "syntax") for fault, words in said)


def _is_newer_syntax(text: str, error: Fault) -> bool:
    assert error.span is not None
    data = text.encode()
    start = max(data.rfind(b"\n", 0, error.span.start), data.rfind(b"\r", 0, error.span.start)) + 1
    line = data[start:].splitlines()[0].decode() if data[start:].splitlines() else ""
    return error.message == "invalid syntax" and _NEWER.match(line) is not None


def _compiled(text: str) -> Fault | None:
    """The first error of this Python's compiler; its span is what it points at."""
    source = text.removeprefix("\ufeff")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(source, "<repair>", "exec", dont_inherit=True)
        except SyntaxError as error:
            return Fault(error.msg, _place(text, source, error), "syntax")
        except (ValueError, OverflowError, RecursionError, MemoryError) as error:
            return Fault(str(error), Span(0, 0), "syntax")
    return None


def _place(text: str, source: str, error: SyntaxError) -> Span:
    """Bytes in the document; lines are CPython's (no form feeds), columns count characters from 1."""
    lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", source)
    number = min(max(error.lineno or 1, 1), len(lines))
    first = len(text.encode()) - len(source.encode()) + sum(len(line.encode()) for line in lines[: number - 1])
    line = lines[number - 1].rstrip("\r\n")
    start = min(max((error.offset or 1) - 1, 0), len(line))
    end = error.end_offset - 1 if error.end_offset and error.end_lineno == error.lineno else start
    end = min(max(end, start), len(line))
    return Span(first + len(line[:start].encode()), first + len(line[:end].encode()))
