"""Example-directed search: what the names at a hole hold in each example, and expressions of them for the hole.

Where the examples tell what the hole's value should be, or what its answers should be, expressions are matched with that. Everywhere else
they are proposed as they come, the cheapest first, and running the function with each of them in place decides.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from types import FrameType
from typing import Any

from astral_runtime.examples.inside.judge import HURRIED_S, Bench, Emit, Stage, Unloadable, judged
from astral_runtime.examples.inside.swap import way_to_hole
from astral_runtime.sandbox.inside.batch import in_batches
from astral_runtime.values.inside.angels import Visit, later, traces
from astral_runtime.values.inside.bank import Bank, Fuel
from astral_runtime.values.inside.goal import Wanted, separating, solutions
from astral_runtime.values.inside.leaves import Names, constants_of, leaves_of, names_at
from astral_runtime.values.inside.observe import first_visit
from astral_runtime.values.inside.roles import Role, role_of
from astral_runtime.values.inside.terms import PAIR, STREAM, TRUTH, Term
from astral_runtime.values.inside.wanted import Goal, Return, returned, wrapped

MOST_EXAMPLES = 12
"""Examples that are looked at to propose; running judges by all."""

PROPOSED = 3
"""Largest size of what is proposed without knowing what is wanted."""

MADE = 6000
"""How many such expressions are made before the cheapest are taken."""

Lines = list[dict[str, Any]]


def search(task: dict[str, Any], limits: dict[str, Any], emit: Emit) -> None:
    """One line {"text", "examples"} per expression, the likeliest first, then the lines of `judge` for them; "examples" is how many it is
    known to agree with.

    {"unknown"} says why there is none to be sought; {"unloadable"} is as in `judge`. `task` has `steps`, `seconds`, `limit` and `tries`."""
    try:
        stage = Stage(task, limits, emit)
    except Unloadable as error:
        emit({"result": {"unloadable": str(error)}})
        return
    text = f"{task['before']}{task['stop']}{task['after']}"
    about = returned(text) if stage.module is not None and task["hooked"] else None
    role = role_of(text) if stage.module is not None and task["hooked"] else None
    if about is None and role is None:
        emit({"result": {"unknown": "no expression of the values there may stand in the hole"}})
        return
    bench = Bench(stage)
    seeker = _Seeker(stage, about, role, constants_of(text, _function(text)), task)

    texts: list[str] = []

    def report(_index: int, found: Lines, ended: str) -> None:
        for line in [{"unknown": f"the search was ended: {ended}"}] if ended else found:
            texts.extend([line["text"]] if "text" in line else [])
            emit({"result": line})

    seconds = float(task["seconds"])
    in_batches([0], lambda _: (seeker.lines(), False), report, {**limits, "batch_s": int(seconds) + 2}, seconds + limits["run_wall_s"])
    if texts:
        stage.player.misses = 1  # whoever misses one is not shown
        judged(bench, texts, emit, int(task["limit"]))


class _Seeker:
    """One search: first by what is known of the hole, then by what may stand there."""

    def __init__(self, stage: Stage, about: Return | None, role: Role | None, constants: Sequence[Any], task: dict[str, Any]) -> None:
        self._stage, self._about, self._role, self._constants, self._task = stage, about, role, constants, task
        self._fuel = Fuel(int(task["steps"]), time.monotonic() + float(task["seconds"]))
        self._indices = list(range(len(stage.player.examples)))[:MOST_EXAMPLES]

    def lines(self) -> Lines:
        """What is found, as the task's lines. Runs get little time: most that need more never end."""
        self._stage.player.cpu_s = min(HURRIED_S, self._stage.player.cpu_s)
        seen = [each for index in self._indices for each in self._visit(index)]
        known = [(names, goal) for names, goal in seen if goal is not None]
        if known:
            return self._solved([names for names, _ in known], [goal for _, goal in known])
        if self._role is None:
            return [{"unknown": "no example says what the hole should be"}]
        told = self._told() if self._role == "condition" else []
        if told or not seen:
            return told or [{"unknown": "no example comes to the hole"}]
        met = [names for names, _ in seen] + [names for index in self._indices for names in later(self._stage, index, names_at)]
        return _said(proposals(leaves_of(met, self._constants), self._role, self._fuel, int(self._task["tries"])), 0)

    def _solved(self, seen: Sequence[Names], goals: Sequence[Goal]) -> Lines:
        """Expressions with the values that the examples tell."""
        makes = tuple(goal.made_of for goal in goals) if any(goal.is_wrapped for goal in goals) else ()
        wanted = Wanted(tuple(goal.value for goal in goals), makes)
        found = solutions(leaves_of(seen, self._constants), wanted, int(self._task["largest"]), self._fuel)
        lead = "return " if self._about is not None and self._about.gives == "body" else ""
        return _said(found[: int(self._task["limit"])], len(seen), lead)

    def _told(self) -> Lines:
        """Conditions that answer as in runs that hold."""
        ways = [found for index in self._indices if (found := traces(self._stage, index, names_at, self._fuel.until))]
        visits = [visit for found in ways for trace in found for visit in trace]
        if not visits:
            return []
        bank = Bank(leaves_of([visit.names for visit in visits], self._constants), frozenset({PAIR, STREAM}))
        twice = tuple(visit.answer for visit in visits) if all(len(found) == 1 for found in ways) else ()
        return _said(separating(bank, _placed(ways), twice, self._fuel)[: int(self._task["tries"]) // 4], len(ways))

    def _visit(self, index: int) -> list[tuple[Names, Goal | None]]:
        """The values of an example at its first visit, and what should become of the hole's; nothing when it does not come there."""
        example = self._stage.player.examples[index]

        def own(frame: FrameType) -> tuple[Names, Goal | None]:
            return names_at(frame), wrapped(self._about, frame, example)

        return first_visit(self._stage, index, own, lambda frame: (names_at(frame), None))


def proposals(leaves: Sequence[Term], role: Role, fuel: Fuel, most: int) -> list[Term]:
    """Expressions that may stand in a hole of a role, the cheapest first."""
    without = {PAIR} if role == "condition" else {PAIR, TRUTH}
    grown = Bank(leaves, frozenset(without)).grow(PROPOSED, fuel)
    made = list(islice(filter(_ADMITS[role], grown), MADE))
    return sorted((_plainer(term) if role == "iterable" else term for term in made), key=lambda term: term.cost)[:most]


_ADMITS: dict[Role, Callable[[Term], bool]] = {
    "condition": lambda term: not term.constant or isinstance(term.values[0], bool),
    "iterable": lambda term: not term.constant and all(hasattr(value, "__iter__") for value in term.values),
    "value": lambda term: True,
}


def _plainer(term: Term) -> Term:
    """A loop does not need the list of `list(enumerate(xs))`."""
    inner = term.text.removeprefix("list(").removesuffix(")")
    is_list_of_call = term.text.startswith("list(") and inner.endswith(")")
    return Term(inner, term.values, term.size - 1, term.binds, term.cost - 1) if is_list_of_call else term


def _placed(ways: Sequence[Sequence[Sequence[Visit]]]) -> list[list[list[tuple[int, bool]]]]:
    """Visits as positions in the vectors of values."""
    count = iter(range(1 << 30))
    return [[[(next(count), visit.answer) for visit in trace] for trace in found] for found in ways]


def _said(terms: Iterable[Term], examples: int, lead: str = "") -> Lines:
    texts = dict.fromkeys(lead + term.text for term in terms)
    return [{"text": text, "examples": examples} for text in texts]


def _function(text: str) -> str:
    """The function that the hole is in."""
    functions = [node for node in way_to_hole(text) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    return functions[-1].name if functions else ""
