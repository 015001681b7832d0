"""Errors before and after a change: which ones are new, and where the others have gone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from astral_runtime.fill import Edit
from astral_runtime.holes import Span
from astral_runtime.verify.spec import Fault

_LINE = re.compile(r"\bline \d+")


def added(before: Sequence[Fault], target: Fault, after: Sequence[Fault], edits: Sequence[Edit]) -> list[Fault]:
    """Errors of `after` (spans in the changed text) that `before` (spans in the old text) has not; the target counts as new."""
    allowed = Counter(_key(fault, _moved(fault, edits)) for fault in before if fault != target)
    new = []
    for fault in after:
        key = _key(fault, _place(fault, edits))
        if allowed[key] > 0:
            allowed[key] -= 1
        else:
            new.append(fault)
    return new


def shifted(fault: Fault, edits: Sequence[Edit]) -> Fault | None:
    """A fault where it lies after edits (in document order) of the text that it is in; None if one of them covers it."""
    kind, start = _moved(fault, edits)
    if kind == "inside" or fault.span is None:
        return None
    return replace(fault, span=Span(start, start + fault.span.end - fault.span.start))


Where = tuple[str, int]


def _key(fault: Fault, where: Where) -> tuple[str | None, str, Where]:
    return fault.code, _LINE.sub("line", fault.message), where


def _moved(fault: Fault, edits: Sequence[Edit]) -> Where:
    """An old error's place in the changed text: its offset, or the number of the edit that covers it."""
    if fault.span is None:
        return "nowhere", 0
    start, grown = fault.span.start, 0
    for n, edit in enumerate(edits):
        if edit.span.start <= start < edit.span.end:
            return "inside", n
        if edit.span.end <= start:
            grown += len(edit.new_text.encode()) - (edit.span.end - edit.span.start)
    return "at", start + grown


def _place(fault: Fault, edits: Sequence[Edit]) -> Where:
    """The same for an error of the changed text."""
    if fault.span is None:
        return "nowhere", 0
    start, grown = fault.span.start, 0
    for n, edit in enumerate(edits):
        length = len(edit.new_text.encode())
        if edit.span.start + grown <= start < edit.span.start + grown + length:
            return "inside", n
        grown += length - (edit.span.end - edit.span.start)
    return "at", start
