"""Cross-domain morphisms (§2.2, §2.3): what a fill tells the holes around it, and which holes those are (A.3).

    S_i: the holes that filling i affects: those in i's scope, and those that the symbol graph connects with it

A fill costs |S_i| updates, not one for every hole of the file.
"""

from __future__ import annotations

import ast
import textwrap
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from astral_native import LEXEME_KINDS
from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.plain import tree_of
from astral_runtime.fill import Candidate
from astral_runtime.holes import Constraint, Hole, HoleKind, Span

GONE = "no hole any more"
"""What the syntax of a fill tells a hole that it takes away."""

_NAME = LEXEME_KINDS.index("NAME")
_ENDS = (ast.Return, ast.Raise, ast.Continue, ast.Break)


@dataclass(frozen=True)
class Change:
    """A fill that was put in: `document` is the text with it, `candidate` what was chosen. Not slotted, so as to keep what is derived."""

    document: DocumentSnapshot
    candidate: Candidate

    @cached_property
    def kinds(self) -> dict[Span, HoleKind]:
        """The holes that the text has now."""
        return {hole.span: hole.kind for hole in self.document.holes()}


@dataclass(frozen=True, slots=True)
class Morphism:
    """φ: source → target. `propagate` says what a change of the source domain induces in the target domain of one hole, if anything."""

    source: str
    target: str
    propagate: Callable[[Change, Hole], str]


@dataclass(frozen=True, slots=True)
class Update:
    """What one fill told one hole. `hole` is its id."""

    hole: str
    morphism: Morphism
    constraint: Constraint


Node = tuple[str, int]
"""Where holes lie: a function, by its index, with all holes in it; elsewhere each hole for itself, by its offset."""


class Neighbourhood:
    """S_i of the holes of one document version: those in the same function, and those that the symbol graph connects, either way round.

    Made in one pass over the functions and statements that hold holes; each question costs |S_i|.
    """

    def __init__(self, document: DocumentSnapshot, holes: Sequence[Hole]) -> None:
        self.document = document
        self._holes: dict[Node, list[Hole]] = defaultdict(list)
        self._linked: dict[Node, set[Node]] = defaultdict(set)
        self._definitions = document.native.definitions()
        for hole in holes:
            self._holes[self._node(hole)].append(hole)
        self._link()

    def of(self, hole: Hole) -> tuple[Hole, ...]:
        """The holes that filling this one affects, in document order, itself left out."""
        node = self._node(hole)
        found = (other for each in {node, *self._linked[node]} for other in self._holes[each] if other.span != hole.span)
        return tuple(sorted(found, key=lambda each: each.span))

    def _node(self, hole: Hole) -> Node:
        around = self.document.native.enclosing(hole.span.start)
        inner = around[-1] if around and self._definitions[around[-1]].kind == "function" else None
        return ("hole", hole.span.start) if inner is None else ("function", inner)

    def _link(self) -> None:
        """Connect whoever mentions a name with whoever defines it."""
        defining: dict[str, set[Node]] = defaultdict(set)
        for node, holes in self._holes.items():
            for name in self._defined(node, holes):
                defining[name].add(node)
        for node, holes in list(self._holes.items()):
            for name in self._mentioned(node, holes[0]):
                for other in defining.get(name, ()):
                    self._linked[node].add(other)
                    self._linked[other].add(node)

    def _defined(self, node: Node, holes: Sequence[Hole]) -> Iterator[str]:
        """A function's own name, and the attributes that its holes' statements set; elsewhere every name that the statement binds."""
        kind, index = node
        if kind == "function":
            yield self._definitions[index].name
        for hole in holes:
            yield from _bound(self.document, hole, ast.Attribute if kind == "function" else (ast.Attribute, ast.Name))

    def _mentioned(self, node: Node, hole: Hole) -> set[str]:
        kind, index = node
        native = self.document.native
        place = (self._definitions[index].start, self._definitions[index].end) if kind == "function" else native.statement(hole.span.start)
        lexemes = native.lexemes()
        kinds = lexemes.kinds()
        return {native.slice(*lexemes.span(n, n + 1)) for n in range(*lexemes.at(*place)) if kinds[n] == _NAME}


def propagated(change: Change, around: Sequence[Hole]) -> Iterator[Update]:
    """What a fill tells the holes that it affects; their spans are of the document with it."""
    for hole in around:
        for morphism in MORPHISMS:
            said = morphism.propagate(change, hole)
            if said:
                yield Update(hole.id, morphism, Constraint(morphism.target, said))


def _opens(change: Change, hole: Hole) -> str:
    """types → imports: what the fill had to import is there for the others, too."""
    return "; ".join(edit.new_text.strip() for edit in change.candidate.edits)


def _relaxes(change: Change, hole: Hole) -> str:
    """controlflow → types: behind a fill that always leaves the block no type is asked for."""
    if not any(word in change.candidate.text for word in ("return", "raise", "continue", "break")):
        return ""
    tree = tree_of(change.document.text)
    return "never reached: any type" if tree is not None and _is_unreachable(tree, _line(change.document, hole.span.start)) else ""


def _rederives(change: Change, hole: Hole) -> str:
    """syntax → all: what a hole is, or whether it still is one, the text around it says: `...` in what became a Protocol is none."""
    kind = change.kinds.get(hole.span, "region" if hole.kind == "region" else None)
    return GONE if kind is None else f"{kind} hole" if kind != hole.kind else ""


MORPHISMS = (
    Morphism("types", "imports", _opens),
    Morphism("control_flow", "types", _relaxes),
    Morphism("syntax", "syntax", _rederives),
)
"""semantics → types is `expectations.annotated`: it acts before a hole is filled, by what its examples want."""


def _bound(document: DocumentSnapshot, hole: Hole, kinds: type[ast.expr] | tuple[type[ast.expr], ...]) -> Iterator[str]:
    """Names and attributes that the hole's statement binds, of these kinds of target."""
    start, end = document.native.statement(hole.span.start)
    tree = tree_of(textwrap.dedent(document.slice(Span(start, end)).strip()))
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, kinds) and isinstance(getattr(node, "ctx", None), ast.Store):
            yield node.id if isinstance(node, ast.Name) else str(getattr(node, "attr", ""))


def _is_unreachable(tree: ast.Module, line: int) -> bool:
    """Whether a statement of its own block, or of one around it, always leaves before that line."""
    for node in ast.walk(tree):
        for block in (getattr(node, name, None) for name in ("body", "orelse", "finalbody")):
            if isinstance(block, list) and _leaves_before(block, line):
                return True
    return False


def _leaves_before(block: Sequence[ast.AST], line: int) -> bool:
    statements = [each for each in block if isinstance(each, ast.stmt)]
    at = next((n for n, each in enumerate(statements) if each.lineno <= line <= (each.end_lineno or each.lineno)), 0)
    return any(isinstance(each, _ENDS) for each in statements[:at])


def _line(document: DocumentSnapshot, offset: int) -> int:
    return document.native.position(offset, "utf-8")[0] + 1
