"""What was seen at a hole: for each example that comes to it, the names with their values, and what the hole should be."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.example import Example, contradictions, plain_value
from astral_runtime.examples.program import program
from astral_runtime.examples.runner import OBSERVE, Runner
from astral_runtime.fill import CancelToken
from astral_runtime.holes import Hole
from astral_runtime.sandbox.run import NotRun, Ran
from astral_runtime.values.inside.snapshot import type_of

Gives = Literal["expression", "body"]


@dataclass(frozen=True, slots=True)
class Value:
    """One name at the hole. `type` and `text` were observed in one run; they are bounded, and no declaration."""

    name: str
    type: str
    text: str


@dataclass(frozen=True, slots=True)
class Observation:
    """The first visit of the hole in one example's run; `example` is None for a hole that the module comes to by itself.

    `wanted` is what the hole should be there, as text: known when the hole is what its function returns (`gives` "expression") or the
    function's whole body ("body"). `keeps_state`: the module has data that runs could change, so that more than the names may differ.
    """

    example: Example | None
    values: tuple[Value, ...]
    wanted: str | None = None
    gives: Gives | None = None
    keeps_state: bool = False

    def contradicts(self, other: Observation) -> bool:
        """Whether other values are wanted of the same ones. Values that are not shown whole may differ: doubt is no contradiction."""
        whole = not self.keeps_state and all(_is_whole(value.text) for value in self.values)
        wants = plain_value(self.wanted or ""), plain_value(other.wanted or "")
        return whole and self.values == other.values and None not in wants and wants[0] != wants[1]

    @property
    def line(self) -> str:
        """For people: `xs = [3, 1, 2]  i = 0  → wanted 2`."""
        values = "  ".join(f"{value.name} = {value.text}" for value in self.values)
        return values if self.wanted is None else f"{values}  → wanted {self.wanted}".lstrip()


@dataclass(frozen=True, slots=True)
class Seen:
    """All observations of a hole, in the order of its examples. `why` says what is missing when there is less than one per example."""

    observations: tuple[Observation, ...] = ()
    why: str = ""
    examples: tuple[Example, ...] = ()

    @property
    def contradictions(self) -> tuple[tuple[Example, Example], ...]:
        """Pairs of examples that no code can satisfy together: the same call, or a hole at which every name holds the same."""
        told = ((one.example, other.example) for one, other in itertools.combinations(self.observations, 2) if one.contradicts(other))
        return tuple(dict.fromkeys((*contradictions(self.examples), *((one, other) for one, other in told if one and other))))

    @property
    def types(self) -> dict[str, str]:
        """Type of each name where all observations agree: what fills in for a missing annotation, and never overrides one."""
        names = dict.fromkeys(value.name for observation in self.observations for value in observation.values)
        found = {name: self.types_of(name) for name in names}
        return {name: next(iter(types)) for name, types in found.items() if len(types) == 1}

    def types_of(self, name: str) -> frozenset[str]:
        """The types that a name was seen to have."""
        return _told_apart(value.type for observation in self.observations for value in observation.values if value.name == name)

    @property
    def wanted_types(self) -> frozenset[str]:
        """The types that the hole should have, as far as what is wanted is a literal; none when that is not so of every example."""
        wants = [plain_value(each.wanted) if each.wanted is not None else None for each in self.observations]
        return frozenset() if None in wants else _told_apart(type_of(ast.literal_eval(each)) for each in wants if each is not None)


def _is_whole(text: str) -> bool:
    return not any(mark in text for mark in ("...", "…", "<"))


def _told_apart(types: Iterable[str]) -> frozenset[str]:
    """Different types; `list`, of an empty one, goes with `list[int]`."""
    found = frozenset(types)
    return frozenset(each for each in found if not any(other.startswith(f"{each}[") for other in found))


def observe(document: DocumentSnapshot, hole: Hole, examples: Sequence[Example], runner: Runner, cancel: CancelToken, ms: int) -> Seen:
    """Run each example up to the hole, in the sandbox, and say what was seen. Raises Cancelled."""
    if not examples and document.native.enclosing(hole.span.start):
        return Seen((), "no examples: no doctest, stated example or plain test of this function was found")
    ran = runner.ask(document, program(document, hole), OBSERVE, examples, {}, cancel, ms)
    return Seen((), ran.why, tuple(examples)) if isinstance(ran, NotRun) else _seen(tuple(examples), ran)


def _seen(examples: tuple[Example, ...], ran: Ran) -> Seen:
    refused = next((line["unloadable"] for line in ran.results if "unloadable" in line), None)
    if refused is not None:
        return Seen((), str(refused), examples)
    found = tuple(_observation(examples, line) for line in ran.results)
    missing = len(examples) - len(found)
    if ran.ended != "done":
        return Seen(found, f"the examples were not run to their end: {ran.ended}", examples)
    return Seen(found, f"{missing} of {len(examples)} examples do not come to the hole" if missing > 0 else "", examples)


def _observation(examples: Sequence[Example], line: dict[str, Any]) -> Observation:
    values = tuple(Value(*row) for row in line["values"])
    example = examples[line["example"]] if line["example"] >= 0 else None
    return Observation(example, values, line["wanted"], line["gives"], line["state"])
