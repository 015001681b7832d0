"""What a repair is, and what is still only proposed as one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from astral_runtime.fill import Edit, Source
from astral_runtime.holes import Span
from astral_runtime.verify.spec import Fault, Verdict

Origin = Literal["rule"] | Source
"""Who proposed it: a deterministic rule, or a proposer of the pipeline at a remasked region."""


@dataclass(frozen=True, slots=True)
class RepairOptions:
    """How much to try: at most `candidates` repairs are returned, `cycles` is §6.2's k_max (1: rules alone), and `budget_ms` is
    the wall-clock time of the whole search for one fault."""

    candidates: int = 5
    cycles: int = 4
    budget_ms: int = 10_000


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change that may cure a fault: `text` in the place of `span` (UTF-8 bytes), and import statements it needs.

    `score` is higher-is-better, comparable among the proposals for one fault. `says` is the title of a change that its own
    text would not explain; empty: the change itself is the title."""

    span: Span
    text: str
    score: float = 0.0
    imports: tuple[str, ...] = ()
    says: str = ""
    origin: Origin = "rule"


@dataclass(frozen=True, slots=True)
class Repair:
    """A verified change of one document version that cures `fault` and adds no other error anywhere in the file.

    `text` replaces `span`; `edits` are the further edits it needs (imports), announced apart. Every other byte stays.
    `changed` counts the tokens that differ, punctuation left out. `cycles` is the number of localise–remask–refill–verify
    rounds that it took (§6.2, at most k_max); 1 means that a rule found it. `title` says the change on one line.
    """

    fault: Fault
    version: int
    span: Span
    text: str
    edits: tuple[Edit, ...]
    verdicts: tuple[Verdict, ...]
    cycles: int
    changed: int
    score: float
    origin: Origin
    title: str

    @property
    def all_edits(self) -> tuple[Edit, ...]:
        """Everything that changes, in document order."""
        own = () if self.span.start == self.span.end and not self.text else (Edit(self.span, self.text),)
        return tuple(sorted((*own, *self.edits), key=lambda edit: edit.span))
