"""The syntax verifier: tree-sitter on the whole document, CPython's own compiler on what it can find fault with around the hole."""

from __future__ import annotations

import threading
import warnings

from astral_native import Definition, Snapshot
from astral_runtime.document import filled
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

    tree-sitter must see no new fault anywhere. CPython must compile the top-level statement around the hole, of a class only the
    function around it, unless that does not compile with the `neutral` filler either (the user is still typing elsewhere in it).
    """
    version = filled(native, span, text)
    found = version.faults()
    faults = [f for f in found if span.start <= f.end and f.start <= span.start + len(text.encode())]
    if faults or len(found) > len(native.faults()):
        place = faults[0] if faults else found[0]
        return _fail(f"does not parse: {place.expected or 'unexpected text'}", span, text, place.start, place.end)
    error = _compile_error(_compiled(version, span.start, text))
    if error is None or _compile_error(_compiled(filled(native, span, neutral), span.start, neutral)):
        return Verdict("syntax", "pass")
    return _fail(error, span, text, span.start, span.start + len(text.encode()))


def _fail(message: str, span: Span, text: str, start: int, end: int) -> Verdict:
    """Spans of verdicts are relative to the candidate's own text."""
    length = len(text.encode())
    local = Span(min(max(0, start - span.start), length), min(max(0, end - span.start), length))
    return Verdict("syntax", "fail", message, (Fault(message, local),))


def _compiled(native: Snapshot, offset: int, text: str) -> str:
    """The top-level statement around a text. Of classes only their headers and the function in them that holds all of the text: what
    else stands in a class has no say in whether a method compiles."""
    definitions, end = native.definitions(), offset + len(text.encode())
    around = [definitions[index] for index in native.enclosing(offset)]
    if not around:
        return native.slice(*_statement(native, offset))
    function = next((n for n, each in enumerate(around) if each.kind == "function" and end <= each.end), 0)
    headers = "".join(f"{_indent(native, each)}class {each.name}:\n" for each in around[:function])
    inner = around[function]
    return headers + native.slice(_line_start(native, inner.start), inner.end)


def _indent(native: Snapshot, definition: Definition) -> str:
    return native.slice(_line_start(native, definition.start), definition.start)


def _line_start(native: Snapshot, offset: int) -> int:
    return native.offset(native.position(offset, "utf-8")[0], 0, "utf-8")


def _statement(native: Snapshot, offset: int) -> tuple[int, int]:
    """Span of the top-level statement around an offset, dilated as far as it takes."""
    start, end = native.statement(offset)
    while native.position(start, "utf-8")[1] and (start, end) != (0, native.byte_len):
        wider = native.dilate(start, end)
        if wider == (start, end) or wider[0] == 0:
            break
        start, end = wider
    return start, end


def _compile_error(source: str) -> str | None:
    with _filters, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(source + "\n", "<fill>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, OverflowError, RecursionError) as error:
            return error.msg if isinstance(error, SyntaxError) else str(error)
    return None
