"""From a verifier's fault to the tokens it blames (§3.4: span-to-token mapping; §6.2, step 1)."""

from __future__ import annotations

import re

from astral_native import LEXEME_KINDS, Snapshot, lex
from astral_runtime.holes import Span
from astral_runtime.verify.spec import Fault

_NAME = LEXEME_KINDS.index("NAME")
_UNDEFINED = re.compile(r'Name "(\w+)" is')


def localise(text: str, fault: Fault) -> tuple[int, int] | None:
    """Half-open index range of the lexemes of `text` that `fault` blames; None when it lies outside the text."""
    if fault.span is None:
        return None
    first, last = lex(text).at(fault.span.start, max(fault.span.end, fault.span.start + 1))
    return (first, last) if first < last else None


def blamed(native: Snapshot, fault: Fault) -> Span | None:
    """The bytes of a document that a fault of it means, as narrow as the message allows; None when it has no place.

    mypy blames all of `Sequence[str]` for a name that is not defined: the name alone is meant.
    """
    if fault.span is None:
        return None
    end = native.byte_len
    within = Span(min(fault.span.start, end), min(max(fault.span.end, fault.span.start), end))
    named = _UNDEFINED.match(fault.message)
    if named is None:
        return within
    lexemes = native.lexemes()
    first, last = lexemes.at(*within)
    kinds = lexemes.kinds()
    names = (Span(*lexemes.span(n, n + 1)) for n in range(first, last) if kinds[n] == _NAME)
    return next((name for name in names if native.slice(*name) == named[1]), within)
