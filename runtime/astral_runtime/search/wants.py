"""What a hole asks of a term beyond σ: the place itself may demand an iterable, an attribute, an exception."""

from __future__ import annotations

from typing import Generic

from astral_runtime.search.builder import Builder
from astral_runtime.search.costs import CONSTANTS
from astral_runtime.search.precedence import METHODS
from astral_runtime.search.terms import Term
from astral_runtime.search.types import Hints, T

TRUTHS = frozenset({"test", "boolean", "not"})
"""Places that take any value: what is expected there says only what is usual."""
SOFT = TRUTHS | {"compare", "operand"}
"""Places where σ comes from the other operand: a likely type and no demand."""
MEMBERSHIP = frozenset({"in", "not in"})
"""To the right of these stands a container, which is one."""


class Wants(Generic[T]):
    """Judges terms for the hole. `goal` is σ or None; `soft` is a type that terms likely share."""

    def __init__(self, goal: T | None, builder: Builder[T], hints: Hints) -> None:
        types = builder.types
        self.types, self.builder, self.hints = types, builder, hints
        plain = types.instance("object")
        sigma = None if goal is None or types.unknown(goal) or goal == plain else goal
        self.goal = None if hints.role in SOFT and hints.operator not in MEMBERSHIP else sigma
        peer = builder.read(hints.peer) if hints.peer else None
        self.peer = peer.type if peer is not None and not builder.unknown(peer.type) else None
        self.soft = self._soft()
        if self.soft is None and self.goal is None and (hints.role not in TRUTHS or hints.operator == "or"):
            self.soft = sigma
        self.truth = types.instance("bool")
        self.numeric = self._is_numeric()
        self.constants = (
            frozenset(builder.literal(text).text for text in types.literals(self.goal)) if self.goal is not None else frozenset()
        )

    def _is_numeric(self) -> bool:
        """Whether σ is a number: a bool is one to Python and to mypy, and to nobody else."""
        whole = self.types.instance("int")
        if self.goal is None or whole is None or self.truth is None:
            return False
        return self.types.fits(whole, self.goal) and not self.types.fits(self.goal, self.truth)

    def _soft(self) -> T | None:
        if self.goal is not None or self.peer is None:
            return None
        role, operator = self.hints.role, self.hints.operator or ""
        if role == "index":
            return self._index_type(self.peer)
        if role == "compare" and operator == "▢ in":
            return self.types.item(self.peer)
        bare = operator.removeprefix("▢ ").removesuffix("=") if role == "operand" else operator.removeprefix("▢ ")
        return self.peer if bare in {*METHODS, "==", "!=", "<", "<=", ">", ">="} else None

    def _index_type(self, value: T) -> T | None:
        getter = self.types.member(value, "__getitem__")
        signatures = self.types.signatures(getter, None) if getter is not None else ()
        return signatures[0].parameters[0].type if signatures and signatures[0].parameters else None

    def suits(self, term: Term[T]) -> str | None:
        """How a term's type agrees, one of the cost table's `type.` features; None when it cannot stand there."""
        if self.builder.unknown(term.type) or term.type is None:
            return "unknown" if self.goal is None else "untyped"
        if not self._stands(term.type):
            return None
        if self.goal is None:
            return "free" if self.soft is None else "exact" if self.types.fits(term.type, self.soft) else "other"
        if not self.types.fits(term.type, self.goal):
            return "exact" if term.text in self.constants else None  # a Literal's own value
        if term.type == self.goal and term.kind not in CONSTANTS:
            return "exact"
        return "truth" if self.numeric and term.type == self.truth else "fits"

    def _stands(self, type: T) -> bool:
        role = self.hints.role
        if role in TRUTHS and self.types.sort(type) != "value":
            return False  # functions, classes and modules are always true
        if role in {"iterable", "starred"} and self.goal is None:
            return self.types.item(type) is not None
        if role == "receiver" and self.hints.target:
            return self.types.member(type, self.hints.target) is not None
        if role == "compare" and self.hints.operator in {"in", "not in"} and self.goal is None:
            return self.types.member(type, "__contains__") is not None or self.types.item(type) is not None
        if role == "await" and self.goal is None:
            return self.types.awaited(type) is not None
        return True
