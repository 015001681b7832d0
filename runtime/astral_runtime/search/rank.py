"""What a whole fill costs: its own terms and how they suit the place of the hole."""

from __future__ import annotations

import re
from math import log, log1p
from typing import Generic

from astral_runtime.holes import SUBHOLE
from astral_runtime.search.builder import Builder
from astral_runtime.search.costs import CONSTANTS
from astral_runtime.search.debts import Debts
from astral_runtime.search.render import string
from astral_runtime.search.terms import Features, Term
from astral_runtime.search.types import Hints, T
from astral_runtime.search.words import alike, words, words_of

GROUP_OF = {
    "return": "return", "yield": "return", "assign": "assign", "branch": "branch", "argument": "argument", "keyword": "keyword",
    "default": "default", "test": "test", "boolean": "boolean", "not": "not", "operand": "operand", "index": "index",
    "slice": "index", "iterable": "iterable", "starred": "iterable", "element": "element", "key": "key", "value": "element",
    "format": "element", "raise": "raise",
}  # fmt: skip
KIND_PRIOR = 4.0
"""Places that a file is credited with before its own kinds count."""
_BRACKETS = re.compile(r"\(.*\)|\[.*\]|\{.*\}")
LEVELS = ("seen.0", "seen.1", "seen.2", "seen.3")
_LOCAL_OR_STRING = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<![\w.])([^\W\d]\w*)(?!\w|=[^=])""")


def _parameter(builder: Builder[T], hints: Hints) -> str | None:
    """The name of the parameter that a positional argument goes to."""
    callee = builder.read(hints.callee) if hints.callee and hints.position is not None else None
    if callee is None or callee.type is None or builder.unknown(callee.type) or hints.position is None:
        return None
    for signature in builder.types.signatures(callee.type, None):
        positional = [each for each in signature.parameters if not each.keyword_only]
        if hints.position < len(positional):
            return positional[hints.position].name
    return None


def group_of(hints: Hints) -> str:
    """The row of the cost table's kind matrix: roles whose fills look alike share one."""
    if hints.role == "compare":
        operator = (hints.operator or "").removeprefix("▢ ")
        side = "left" if (hints.operator or "").startswith("▢") else "right"
        return (
            "identity"
            if operator.startswith("is") and side == "right"
            else "member"
            if operator.endswith("in") and side == "right"
            else side
        )
    return GROUP_OF.get(hints.role, "other")


def kind_of(text: str) -> str:
    """A cheap guess at an expression's top constructor from its text: enough to tell strings from names from calls."""
    first, final = text[:1], text[-1:]
    if first in "\"'" and final in "\"'":
        return "str"
    if first.isdigit() or first == "-":
        return "number"
    if text in {"None", "True", "False"} or text.isidentifier():
        return text if text in {"None", "True", "False"} else "name"
    if " " in _BRACKETS.sub("", text):
        return "operator"
    return {")": "call", "]": "subscript", "}": "dict"}.get(final, "attribute")


def _head(text: str) -> str:
    """The identifier a reader names the value by: `price` of `item.price`, `total` of `order.total(tax)`."""
    return text.partition("(")[0].rpartition(".")[2]


class Ranking(Generic[T]):
    """Prices of whole fills for one hole."""

    def __init__(self, hints: Hints, builder: Builder[T]) -> None:
        self.hints, self.types = hints, builder.types
        names = builder.names
        target = hints.target or _parameter(builder, hints)
        self.group = group_of(hints)
        self.debts = Debts(names, hints)
        self.analogies = {seen.text: seen for seen in hints.analogies}
        self.seen = {seen.text: seen for seen in hints.seen}
        self.shapes = {shape.text: shape for shape in hints.shapes}
        self.local = {name.name for name in names.values() if name.origin in {"local", "parameter", "enclosing"}} - {"self", "cls"}
        self.target = words(target) if target else frozenset()
        self.function = words(hints.function) if hints.function else frozenset()
        self.intent = words_of(hints.intent) if hints.intent else frozenset()
        self.peer = words_of(hints.peer) if hints.peer else frozenset()
        self.purpose = string(hints.purpose, hints.quote) if hints.purpose else None
        self.idle = hints.role == "return" and hints.reads == {} and hints.function is not None
        self.kin = {self.shape(text) for text in (*hints.beside, *((hints.peer,) if hints.peer else ()))} - {SUBHOLE}
        self.kinds = self._kinds()
        self.levels = max((seen.level for seen in hints.seen), default=0)

    def _kinds(self) -> dict[str, float]:
        """How often the file has each kind of expression here, as a share; alike places count four times."""
        counts: dict[str, float] = {}
        last = max((seen.level for seen in self.hints.seen), default=0)
        for seen in self.hints.seen:
            kind = kind_of(seen.text)
            counts[kind] = counts.get(kind, 0.0) + seen.count * (4.0 if seen.level < last else 1.0)
        total = sum(counts.values()) + KIND_PRIOR
        return {kind: count / total for kind, count in counts.items()}

    def features(self, found: Term[T], suits: str) -> Features:
        """The top-level features of a fill. `suits` is its type feature."""
        own = words_of(found.text)
        features = [(f"{self.group}.{found.kind}", 1.0), (f"type.{suits}", 1.0)]
        for name, wanted in (
            ("like.target", self.target),
            ("like.function", self.function),
            ("like.intent", self.intent),
            ("like.peer", self.peer),
        ):
            if wanted and (overlap := alike(own, wanted)):
                features.append((name, overlap))
        if self.target and (overlap := alike(words(_head(found.text)), self.target)):
            features.append(("like.head", overlap))
        if found.leaves > 1:
            features.append(("leaves", log(found.leaves)))
        if found.type is not None and (sort := self.types.sort(found.type)) != "value":
            features.append((f"bare.{sort}", 1.0))
        if self.kinds:
            features.append(("kind.share", self.kinds.get(kind_of(found.text), 0.0)))
        if self.hints.target and _head(found.text) == self.hints.target:
            features.append(("same.target", 1.0))
        if found.kind in CONSTANTS and found.text not in self.seen and found.text not in self.hints.strings:
            features.append(("constant.new", 1.0))
        if self.idle and found.kind in CONSTANTS:
            features.append(("constant.idle", 1.0))
        if found.kind == "str" and found.text == self.purpose:
            features.append(("same.purpose", 1.0))
        if found.text in self.hints.beside:
            features.append(("beside", 1.0))
        features += self.debts.of(found.text, found.text in self.seen)
        return (*features, *self._cached(found))

    def _cached(self, found: Term[T]) -> Features:
        features: list[tuple[str, float]] = []
        seen = self.seen.get(found.text)
        if seen is not None:
            last = seen.level >= self.levels
            features.append(("seen.last" if last and self.levels else LEVELS[min(seen.level, 3)], log1p(seen.count)))
            features.append(("seen.near", 1 / (1 + log1p(seen.lines))))
        analogy = self.analogies.get(found.text)
        if analogy is not None:
            features += [("analogy", log1p(analogy.count)), ("analogy.near", 1 / (1 + log1p(analogy.lines)))]
        form = self.shape(found.text)
        if form in self.kin:
            features.append(("shape.beside", 1.0))
        shape = self.shapes.get(form)
        if shape is not None:
            features += [("shape.here", log1p(shape.here)), ("shape.anywhere", log1p(shape.anywhere))]
        return tuple(features)

    def shape(self, text: str) -> str:
        """`text` with its local names replaced by ▢, as `render` writes shapes."""
        return _LOCAL_OR_STRING.sub(lambda match: match[1] or (SUBHOLE if match[2] in self.local else match[2]), text)
