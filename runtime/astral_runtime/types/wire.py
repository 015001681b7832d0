"""What travels between the client and the oracle process: JSON in frames, each led by its length (4 bytes, big-endian)."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from typing import Any, BinaryIO

from astral_runtime.document import DocumentSnapshot
from astral_runtime.holes import Certain, Constraint, Fit, Hole, HoleContext, ScopeEntry, Span
from astral_runtime.verify.spec import Fault, Verdict

_LENGTH = struct.Struct(">I")

LARGEST = 256 * 1024 * 1024
"""Frames beyond this are taken for noise on the pipe."""

Message = dict[str, Any]


class Garbled(Exception):
    """The other side wrote something that is no frame."""


def encode(message: Message) -> bytes:
    """One frame."""
    body = json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")
    return _LENGTH.pack(len(body)) + body


def read(stream: BinaryIO) -> Message | None:
    """The next message; None at the end of the stream. Raises Garbled."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > LARGEST:
        raise Garbled(f"a frame of {length} bytes")
    body = stream.read(length)
    if len(body) < length:
        return None
    try:
        message = json.loads(body.decode("utf-8", "surrogatepass"))
    except ValueError as error:
        raise Garbled(str(error)) from error
    if not isinstance(message, dict):
        raise Garbled("a message that is no object")
    return message


def document_message(document: DocumentSnapshot, holes: Sequence[Hole]) -> Message:
    """A document with what is to be masked in it: the holes asked about and, apart from them, its own."""
    asked = {hole.span for hole in holes}
    masks = [[hole.span.start, hole.span.end, hole.kind] for hole in holes]
    masks += [[hole.start, hole.end, hole.kind] for hole in document.native.holes() if Span(hole.start, hole.end) not in asked]
    return {"path": str(document.path.absolute()), "text": document.text, "masks": masks}


def hole_message(document: DocumentSnapshot, hole: Hole) -> Message:
    """A hole with the names that the syntax shows at it."""
    native = document.native
    rows = [[each.name, each.kind, native.position(each.start, "utf-8")[0]] for each in native.scope(hole.span.start)]
    return {"span": list(hole.span), "kind": hole.kind, "intent": hole.intent, "scope": rows}


def context_from(hole: Hole, answer: Message) -> HoleContext:
    """A HoleContext out of the oracle's answer."""
    entries = tuple(ScopeEntry(name, type, fits, origin, line) for name, type, fits, origin, line in answer["scope"])
    constraints = tuple(Constraint(domain, text) for domain, text in answer["constraints"])
    return HoleContext(hole, answer["type"], answer["because"], entries, constraints)


def certain_from(answer: Message) -> Certain:
    """A Certain out of the oracle's answer."""
    attributes, keywords, keys = (
        {name: frozenset(row) for name, row in answer[part].items()} for part in ("attributes", "keywords", "keys")
    )
    return Certain(attributes, keywords, keys, None if answer["strings"] is None else frozenset(answer["strings"]))


def context_without_types(document: DocumentSnapshot, hole: Hole, why: str) -> HoleContext:
    """What can be said of a hole when the oracle cannot be asked: the names, and why there is no more."""
    native = document.native
    entries = tuple(
        ScopeEntry(each.name, None, None, each.kind, native.position(each.start, "utf-8")[0]) for each in native.scope(hole.span.start)
    )
    return HoleContext(hole, None, f"type unknown ({why})", entries)


def verdict_from(answer: Message) -> Verdict:
    """A Verdict of domain "types" out of the oracle's answer."""
    return Verdict("types", answer["outcome"], answer["why"], tuple(fault_from(row) for row in answer["faults"]))


def verdict_message(verdict: Verdict) -> Message:
    """The inverse of `verdict_from`."""
    return {"outcome": verdict.outcome, "why": verdict.why, "faults": [fault_row(fault) for fault in verdict.faults]}


def fault_from(row: Sequence[Any]) -> Fault:
    """A Fault out of its row."""
    message, span, code = row
    return Fault(message, Span(*span) if span is not None else None, code)


def fault_row(fault: Fault) -> list[Any]:
    """The inverse of `fault_from`."""
    return [fault.message, list(fault.span) if fault.span is not None else None, fault.code]


def fit_from(row: Sequence[Any]) -> Fit:
    """A Fit out of its row."""
    text, cost, imports = row
    return Fit(text, cost, tuple(imports))


def fit_row(fit: Fit) -> list[Any]:
    """The inverse of `fit_from`."""
    return [fit.text, fit.cost, list(fit.imports)]
