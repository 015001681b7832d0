"""One iterable with a name for its element, and the expressions that run over it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic

from astral_runtime.search.builder import Builder
from astral_runtime.search.precedence import Binding
from astral_runtime.search.terms import Term, subhole, term
from astral_runtime.search.types import T

_SKELETON = (("skeleton", 1.0),)


@dataclass(frozen=True, slots=True)
class Loop(Generic[T]):
    """`inner` knows `name` as an element of `iterable`."""

    iterable: Term[T]
    name: str
    inner: Builder[T]

    @property
    def source(self) -> str:
        """`for item in items`."""
        return f"for {self.name} in {self.iterable.at_least(Binding.OR)}"

    def applied(self, head: str, type: T | None) -> Term[T]:
        """`len(items)`."""
        return term(f"{head}({self.iterable.text})", type, "call", (("call", 1.0),), (self.iterable,))

    def keyed(self, head: str, type: T | None) -> Term[T]:
        """`max(items, key=▢)`."""
        text = f"{head}({self.iterable.text}, key={subhole(None).text})"
        return term(text, type, "call", _SKELETON, (self.iterable, subhole(None)))

    def keyed_by(self, head: str, part: Term[T], type: T | None) -> Term[T]:
        """`max(items, key=lambda item: item.price)`."""
        text = f"{head}({self.iterable.text}, key=lambda {self.name}: {part.text})"
        return term(text, type, "call", _SKELETON, (self.iterable, part))

    def next(self, type: T | None) -> Term[T]:
        """`next(item for item in items if ▢)`."""
        text = f"next({self.name} {self.source} if {subhole(None).text})"
        return term(text, type, "call", _SKELETON, (self.iterable, subhole(None)))

    def folded(self, head: str, part: Term[T], type: T | None) -> Term[T]:
        """`sum(item.price for item in items)`, or `sum(items)` when the part is the element itself."""
        if part.text == self.name:
            return self.applied(head, type)
        return term(f"{head}({part.text} {self.source})", type, "call", _SKELETON, (part, self.iterable))

    def joined(self, part: Term[T], type: T | None) -> Term[T]:
        """`", ".join(item.name for item in items)`."""
        quote = self.inner.hints.quote
        inside = self.iterable.text if part.text == self.name else f"{part.text} {self.source}"
        return term(f"{quote}, {quote}.join({inside})", type, "call", _SKELETON, (part, self.iterable))

    def comprehension(self, brackets: str, part: Term[T], type: T | None) -> Term[T]:
        """`[item.name for item in items]`."""
        return term(brackets.format(f"{part.text} {self.source}"), type, "comprehension", _SKELETON, (part, self.iterable))

    def filtered(self, type: T | None) -> Term[T]:
        """`[item for item in items if ▢]`."""
        text = f"[{self.name} {self.source} if {subhole(None).text}]"
        return term(text, type, "comprehension", _SKELETON, (self.iterable, subhole(None)))

    def table(self, key: Term[T], type: T | None) -> Term[T]:
        """`{item.name: item for item in items}`."""
        return term(f"{{{key.text}: {self.name} {self.source}}}", type, "comprehension", _SKELETON, (key, self.iterable))
