"""Search when no type is known: names, and what the file itself has in alike places. For when the oracle cannot answer."""

from __future__ import annotations

from collections.abc import Sequence

from astral_runtime.document import DocumentSnapshot
from astral_runtime.holes import Fit, Hole
from astral_runtime.search import search
from astral_runtime.search.hints import hints
from astral_runtime.search.types import Name, Signature, Sort


class Untyped:
    """A type system that knows nothing (`search.types.Types`): no answer ever excludes or builds anything."""

    def fits(self, have: str, want: str) -> bool:
        """Doubt means allow."""
        return True

    def unknown(self, type: str) -> bool:
        """Every type is."""
        return True

    def show(self, type: str) -> str:
        """The type as it was given."""
        return type

    def sort(self, type: str) -> Sort:
        """Nothing is known to be a function, class or module."""
        return "value"

    def nothing(self, type: str) -> bool:
        """Nothing is known to be None."""
        return False

    def present(self, type: str) -> str | None:
        """None is known to be optional."""
        return None

    def members(self, type: str) -> Sequence[str]:
        """None are known."""
        return ()

    def member(self, type: str, name: str) -> str | None:
        """None is known."""
        return None

    def signatures(self, type: str, want: str | None) -> Sequence[Signature[str]]:
        """None are known."""
        return ()

    def item(self, type: str) -> str | None:
        """Unknown."""
        return None

    def awaited(self, type: str) -> str | None:
        """Unknown."""
        return None

    def keys(self, type: str) -> Sequence[tuple[str, str]]:
        """None are known."""
        return ()

    def literals(self, type: str) -> Sequence[str]:
        """None are known."""
        return ()

    def builtin(self, name: str) -> str | None:
        """Not looked up."""
        return None

    def instance(self, name: str, *arguments: str | None) -> str | None:
        """Not made."""
        return None


def search_untyped(document: DocumentSnapshot, hole: Hole, limit: int) -> tuple[Fit, ...]:
    """Fits by names alone; a body that has to be written gets `return`s of them."""
    here = document.native.position(hole.span.start, "utf-8")[0]
    names: dict[str, Name[str]] = {}
    for binding in document.native.scope(hole.span.start):
        if binding.name != "*" and not binding.name.startswith("__"):
            distance = abs(here - document.native.position(binding.start, "utf-8")[0])
            names.setdefault(binding.name, Name(binding.name, None, binding.kind, distance))
    fits = search(None, list(names.values()), Untyped(), hints(document, hole), limit=limit)
    prefix = "return " if hole.kind == "block" else ""
    return tuple(Fit(prefix + fit.text, fit.cost, fit.imports) for fit in fits)
