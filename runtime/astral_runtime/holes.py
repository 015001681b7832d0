"""What a hole is and what it wants: the paper's □ with its type σ, scope Γ and constraints (§2.3, Definition 1).

Offsets are UTF-8 byte offsets everywhere in the runtime: tree-sitter, `ast` and mypy all count bytes.
Only `astral_lsp` converts them to an editor's line and character.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

HoleKind = Literal["expression", "block", "type", "implicit", "region"]

Origin = Literal["local", "parameter", "self", "enclosing", "class", "module", "import", "builtin"]
"""Where a name of Γ comes from. `self` marks attributes of the method's own object (`self.items`)."""


class Span(NamedTuple):
    """A half-open range of UTF-8 byte offsets, 0 ≤ start ≤ end ≤ length of the document."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Hole:
    """A region of one document version that asks to be filled.

    `id` is `h1`, `h2`, … in document order and is stable only within one version.
    `intent` is the user's own words (`hole("…")`, `...  # …`, or a comment line directly above), or None.
    `span` is what a fill replaces; a trailing intent comment is not part of it.
    """

    id: str
    kind: HoleKind
    span: Span
    intent: str | None = None


@dataclass(frozen=True, slots=True)
class ScopeEntry:
    """One name of Γ as it stands at the hole.

    `type` is mypy's (narrowed) type as text, None when unknown. `fits` says whether a value of it may stand
    in the hole (subtype of σ); None when either type is unknown, which never excludes the name.
    `line` is the 0-based line of the binding in this document, None for builtins and other files. `observed` is a type that it was seen to
    have when the user's examples ran, where `type` says nothing; it is no declaration.
    """

    name: str
    type: str | None
    fits: bool | None
    origin: Origin
    line: int | None = None
    observed: str | None = None


@dataclass(frozen=True, slots=True)
class Constraint:
    """One requirement on the fill: its domain (§2.2: syntax, types, imports, control_flow, semantics, spec) and text."""

    domain: str
    text: str


@dataclass(frozen=True, slots=True)
class HoleContext:
    """A hole with everything that is known about it: σ, Γ and constraints.

    `expected_type` is σ as text or None for "no type mask"; `expected_because` says in a few words where it comes
    from ("return type of total", "argument 'key' of sorted") or, when it is None, why it is unknown.
    `observed_type` is the type of what the user's examples want there, where σ is open; it is no declaration.
    `scope` is ordered best first: what fits before what may fit before what does not, nearer before farther.
    """

    hole: Hole
    expected_type: str | None
    expected_because: str
    scope: tuple[ScopeEntry, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    observed_type: str | None = None


@dataclass(frozen=True, slots=True)
class Certain:
    """What types say for certain of the names at a hole: tables by receiver or callee as it is written, `name` or `self.name`.

    `attributes`: all members of a receiver. `keywords`: keyword arguments that a callee takes. `keys`: of a TypedDict. What is in no
    table is in doubt. `strings`: what a literal may be that is the whole fill, None in doubt.
    """

    attributes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    keywords: Mapping[str, frozenset[str]] = field(default_factory=dict)
    keys: Mapping[str, frozenset[str]] = field(default_factory=dict)
    strings: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Fit:
    """One proposal of type-directed search for a hole.

    `text` replaces the hole's span; ▢ marks sub-holes that stay open (a partially denoised state).
    `cost` is in nats-like units, lower is better, comparable only within one search.
    `imports` are the import statements the text needs and the file lacks, e.g. `from decimal import Decimal`.
    """

    text: str
    cost: float
    imports: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether no sub-hole is left."""
        return SUBHOLE not in self.text


SUBHOLE = "▢"
