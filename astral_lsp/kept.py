"""Fills by the text that they stand in: an undo has them back at once, and who types along a fill is offered the rest of it.

What is kept is keyed by content, not by version: digests of the text, of its part before the hole and of its part after it.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from astral_lsp.documents import OpenDocument
from astral_runtime.fill import Fill
from astral_runtime.holes import Span

MOST = 128
"""Fills kept of all documents together; the oldest go first."""

MOST_COMPARED = 8
"""Fills whose surroundings are compared at a key press: a digest reads all of the text."""

LONGEST_TYPED = 4096
"""Bytes in the place of a hole beyond which nobody is typing along a fill."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the place of a hole: `span` of the document, of which `text` was typed up to the cursor."""

    span: Span
    text: str
    fill: Fill


@dataclass(frozen=True, slots=True)
class _Kept:
    """One fill. The document had `length` bytes; `open` is the hole's own text; the digests are of all, before it and after it."""

    uri: str
    length: int
    open: str
    all: bytes
    before: bytes
    after: bytes
    fill: Fill

    def place_in(self, document: OpenDocument) -> Span:
        """Where the hole would be in a document that has the same text around it; by lengths alone."""
        rest = self.length - self.fill.hole.span.end
        return Span(self.fill.hole.span.start, document.snapshot.native.byte_len - rest)

    def stands_in(self, document: OpenDocument) -> bool:
        """Whether a document has the same text around that place."""
        span, whole = self.place_in(document), document.snapshot.native.byte_len
        return (self.before, self.after) == (_digest(document, Span(0, span.start)), _digest(document, Span(span.end, whole)))


class KeptFills:
    """The fills of the last texts. Lives on the event loop."""

    def __init__(self) -> None:
        self._kept: deque[_Kept] = deque(maxlen=MOST)

    def keep(self, document: OpenDocument, fill: Fill) -> None:
        """Keep a fill of this version in the place of an older one. One that nobody could judge is not kept: next time somebody may."""
        if fill.status == "degraded":
            return
        hole, whole = fill.hole, Span(0, document.snapshot.native.byte_len)
        all, before, after = (_digest(document, span) for span in (whole, Span(0, hole.span.start), Span(hole.span.end, whole.end)))
        kept = _Kept(document.uri, whole.end, document.snapshot.slice(hole.span), all, before, after, fill)
        others = (each for each in self._kept if (each.uri, each.all, each.fill.hole) != (kept.uri, kept.all, hole))
        self._kept = deque((*others, kept), MOST)

    def forget(self, except_uri: str | None = None) -> None:
        """What fills depend on outside their own text has changed; the own text of `except_uri` it is that has."""
        self._kept = deque((kept for kept in self._kept if kept.uri == except_uri), MOST)

    def of(self, document: OpenDocument) -> dict[str, Fill]:
        """The fills of a text that was there before, by hole."""
        whole = Span(0, document.snapshot.native.byte_len)
        likely = [kept for kept in self._kept if (kept.uri, kept.length) == (document.uri, whole.end)]
        digest = _digest(document, whole) if likely else b""
        found = [kept.fill for kept in likely if kept.all == digest and document.hole(kept.fill.hole.id) == kept.fill.hole]
        return {fill.hole.id: replace(fill, version=document.version) for fill in found}

    def typed_at(self, document: OpenDocument, offset: int) -> Iterator[Typed]:
        """What the user types in the place of holes, the latest fill first. The hole's own text may still stand at either end of it."""
        places = ((kept, kept.place_in(document)) for kept in reversed(self._kept) if kept.uri == document.uri)
        near = ((kept, span) for kept, span in places if span.start <= offset <= span.end <= span.start + LONGEST_TYPED)
        for kept, span in islice(near, MOST_COMPARED):
            if not kept.stands_in(document):
                continue
            typed, left = document.snapshot.slice(Span(span.start, offset)), document.snapshot.slice(Span(offset, span.end))
            if left in ("", kept.open):
                yield Typed(span, typed, kept.fill)
            if left == "" and typed.startswith(kept.open):
                yield Typed(span, typed.removeprefix(kept.open), kept.fill)


def _digest(document: OpenDocument, span: Span) -> bytes:
    return hashlib.blake2b(document.snapshot.slice(span).encode(), digest_size=16).digest()
