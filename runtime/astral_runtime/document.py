"""An immutable view of one version of one file: its text, its tree, and where it lies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from astral_native import Snapshot
from astral_runtime.holes import Hole, Span

KEPT_FILLED = 64
"""Filled versions that are kept: what one fill reads, brackets, weighs and verifies."""


@dataclass(frozen=True, slots=True)
class DocumentSnapshot:
    """One version of a document. Everything computed from it carries this version.

    `path` names the file for module resolution and messages; it may not exist on disk (an unsaved buffer).
    `root` is the workspace folder, None for a lone file.
    """

    path: Path
    native: Snapshot
    version: int = 0
    root: Path | None = None

    @property
    def text(self) -> str:
        """The whole text."""
        return self.native.text()

    def slice(self, span: Span) -> str:
        """The text of `span`."""
        return self.native.slice(span.start, span.end)

    def holes(self) -> tuple[Hole, ...]:
        """Every hole that can be found without a request, in document order. A stub file has none: `...` is what it is made of."""
        if self.path.suffix == ".pyi":
            return ()
        return tuple(
            Hole(id=f"h{n}", kind=raw.kind, span=Span(raw.start, raw.end), intent=raw.intent)
            for n, raw in enumerate(self.native.holes(), start=1)
        )


@lru_cache(KEPT_FILLED)
def filled(native: Snapshot, span: Span, text: str) -> Snapshot:
    """The version with `text` at `span`. The last ones are kept, since whoever judges a candidate reads the same version."""
    return native.replaced([(span.start, span.end, text)])


@contextmanager
def filling() -> Iterator[None]:
    """A fill: the versions that its candidates made are let go behind it. One of 7,600 lines is a megabyte."""
    try:
        yield
    finally:
        filled.cache_clear()
