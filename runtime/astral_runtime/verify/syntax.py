"""The syntax verifier: tree-sitter on the whole document, CPython's own compiler on the enclosing top-level statement."""

from __future__ import annotations

import threading
import warnings

from astral_native import Snapshot
from astral_runtime.holes import Span
from astral_runtime.verify.localise import localise
from astral_runtime.verify.spec import ExactVerifierSpec, Fault, Verdict

SYNTAX = ExactVerifierSpec(
    domain="syntax",
    tool="tree-sitter + compile()",
    trigger_policy="adaptive",
    required=True,
    error_localizer=localise,
)

_filters = threading.Lock()  # warnings.catch_warnings changes process-wide state


def check_syntax(native: Snapshot, span: Span, text: str, neutral: str = "None") -> Verdict:
    """Whether putting `text` at `span` leaves a document that parses no worse than with a plain value there.

    tree-sitter must see no new fault anywhere. CPython must compile the top-level statement around the hole, unless that
    statement does not compile with the `neutral` filler either (the user is still typing elsewhere in it).
    """
    filled = native.replaced([(span.start, span.end, text)])
    faults = [f for f in filled.faults() if span.start <= f.end and f.start <= span.start + len(text.encode())]
    if faults or len(filled.faults()) > len(native.faults()):
        place = faults[0] if faults else filled.faults()[0]
        return _fail(f"does not parse: {place.expected or 'unexpected text'}", span, text, place.start, place.end)
    error = _compile_error(_top_level(filled, span.start))
    if error is None or _compile_error(_top_level(native.replaced([(span.start, span.end, neutral)]), span.start)):
        return Verdict("syntax", "pass")
    return _fail(error, span, text, span.start, span.start + len(text.encode()))


def _fail(message: str, span: Span, text: str, start: int, end: int) -> Verdict:
    """Spans of verdicts are relative to the candidate's own text."""
    length = len(text.encode())
    local = Span(min(max(0, start - span.start), length), min(max(0, end - span.start), length))
    return Verdict("syntax", "fail", message, (Fault(message, local),))


def _top_level(native: Snapshot, offset: int) -> str:
    definitions = native.definitions()
    around = native.enclosing(offset)
    if around:
        outer = definitions[around[0]]
        start = native.offset(native.position(outer.start, "utf-8")[0], 0, "utf-8")
        return native.slice(start, outer.end)
    start, end = native.statement(offset)
    while native.position(start, "utf-8")[1] and (start, end) != (0, native.byte_len):
        wider = native.dilate(start, end)
        if wider == (start, end) or wider[0] == 0:
            break
        start, end = wider
    return native.slice(start, end)


def _compile_error(source: str) -> str | None:
    with _filters, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(source + "\n", "<fill>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, OverflowError, RecursionError) as error:
            return error.msg if isinstance(error, SyntaxError) else str(error)
    return None
