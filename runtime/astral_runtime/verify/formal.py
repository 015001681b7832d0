"""The verifier of contracts (§4.3, domain "spec"): asserts, PEP 316 docstrings and icontract of the hole's function, by CrossHair.

CrossHair, the extra `formal`, runs the function with symbolic values: the user's code, and so only in the sandbox of the examples, by the
workspace's interpreter. `pass` means that every condition was "confirmed over all paths", and nothing less.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import util
from pathlib import Path
from typing import Any

from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.plain import tree_of
from astral_runtime.examples.program import Program, candidate_text, program
from astral_runtime.examples.runner import Runner
from astral_runtime.fill import CancelToken, Candidate
from astral_runtime.holes import Hole, Span
from astral_runtime.sandbox.run import NotRun, Ran
from astral_runtime.verify.contract import refuted
from astral_runtime.verify.inside.contracts import WALL
from astral_runtime.verify.spec import Fault, Verdict

CHECK = "astral_runtime.verify.inside.contracts:check"

MOST_S = 5.0
"""The longest that one condition of one candidate is sought a counterexample for."""

MOST_JUDGED = 3
"""How many candidates of a fill are, the best first: CrossHair may take seconds for each."""

NOT_INSTALLED = "no contract checker is installed: pip install 'astral-lsp[formal]', or crosshair-tool beside the workspace's Python"

NOT_ASKED = Verdict("spec", "skipped", f"contracts are checked for the best {MOST_JUDGED} candidates that nothing else refutes")

_CONFIRMED = "CONFIRMED"
_OPEN = frozenset({"CANNOT_CONFIRM", "PRE_UNSAT", "SYNTAX_ERR", "IMPORT_ERR", "UNLOADABLE", "SIDE_EFFECT"})
_PEP316 = re.compile(r"^\s*(pre|post|inv)(\[[\w, ]*\])?:", re.MULTILINE)
_ICONTRACT = frozenset({"require", "ensure", "invariant"})

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def judged(
    runner: Runner, document: DocumentSnapshot, hole: Hole, candidates: Sequence[Candidate], cancel: CancelToken, ms: int
) -> list[Candidate]:
    """The candidates, in the same order, the best with what their contracts say of them. Raises Cancelled."""
    names = contracted(program(document, hole))
    rest = Verdict("spec", "skipped", names) if isinstance(names, str) else NOT_ASKED
    asked = [] if isinstance(names, str) else [each for each in candidates if not refuted(each.verdicts)][:MOST_JUDGED]
    said = dict(zip(asked, verdicts(runner, document, hole, [each.text for each in asked], cancel, ms), strict=True))
    return [replace(each, verdicts=(*_others(each), said.get(each, rest))) for each in candidates]


def verdicts(
    runner: Runner, document: DocumentSnapshot, hole: Hole, texts: Sequence[str], cancel: CancelToken, ms: int
) -> tuple[Verdict, ...]:
    """One verdict of domain "spec" per text, put into the hole one at a time. Nothing is started where there is no contract.

    Raises Cancelled."""
    place = program(document, hole)
    names = contracted(place)
    if isinstance(names, str) or not texts:
        return _all_skipped(texts, str(names))
    seconds = min(MOST_S, ms / 1000 / len(texts) / WALL)
    about = {"candidates": [candidate_text(text) for text in texts], "names": names, "seconds": seconds, "sites": _sites()}
    ran = runner.ask(document, place, CHECK, (), about, cancel, ms)
    if isinstance(ran, NotRun):
        return _all_skipped(texts, ran.why)
    if any("missing" in line for line in ran.results):
        return _all_skipped(texts, NOT_INSTALLED)
    return _verdicts(place, texts, ran, seconds)


def contracted(place: Program) -> list[str] | str:
    """The names that lead from the module to the outermost function around the hole, if it or its class has a contract; else why not."""
    tree = tree_of(f"{place.before}{place.stop}{place.after}")
    if tree is None:
        return "the file does not parse"
    way = _way(tree, place.before.count("\n") + 1)
    if not way or isinstance(way[-1], ast.ClassDef):
        return "the hole is in no function"
    if not any(map(_has_contract, way)):
        return f"no contract of {way[-1].name} was found (assert, PEP 316 or icontract)"
    return [each.name for each in way]


def _way(tree: ast.Module, line: int) -> list[_Definition]:
    """Definitions around a line, from outside to the first function."""
    way: list[_Definition] = []
    body: Sequence[ast.stmt] = tree.body
    while True:
        around = (each for each in body if isinstance(each, _Definition) and each.lineno <= line <= (each.end_lineno or 0))
        inner = next(around, None)
        if inner is None:
            return way
        way.append(inner)
        if not isinstance(inner, ast.ClassDef):
            return way
        body = inner.body


def _has_contract(definition: _Definition) -> bool:
    docstring = ast.get_docstring(definition, clean=False)
    if docstring is not None and _PEP316.search(docstring):
        return True
    if any(_ICONTRACT & {each.id if isinstance(each, ast.Name) else getattr(each, "attr", "") for each in ast.walk(decorator)}
           for decorator in definition.decorator_list):  # fmt: skip
        return True
    body = definition.body[docstring is not None :]
    return not isinstance(definition, ast.ClassDef) and bool(body) and isinstance(body[0], ast.Assert)


def _others(candidate: Candidate) -> tuple[Verdict, ...]:
    return tuple(verdict for verdict in candidate.verdicts if verdict.domain != "spec")


def _all_skipped(texts: Sequence[str], why: str) -> tuple[Verdict, ...]:
    return tuple(Verdict("spec", "skipped", why) for _ in texts)


def _sites() -> list[str]:
    """The folder of our own CrossHair, for a workspace without one. Nothing is imported."""
    found = util.find_spec("crosshair")
    return [str(Path(found.origin).parent.parent)] if found is not None and found.origin else []


def _verdicts(place: Program, texts: Sequence[str], ran: Ran, seconds: float) -> tuple[Verdict, ...]:
    said: dict[int, Mapping[str, Any]] = {line["candidate"]: line for line in ran.results}
    late = f"not confirmed within {round(seconds * 1000)} ms"
    return tuple(
        _verdict(place, text, said[n]["said"], late) if n in said and not said[n]["ended"] else Verdict("spec", "skipped", late)
        for n, text in enumerate(texts)
    )


def _verdict(place: Program, text: str, said: Sequence[tuple[str, str, int]], late: str) -> Verdict:
    """fail: a condition has a counterexample. pass: each is confirmed. Anything else was not decided."""
    faults = [Fault(message, _within(place, text, line), state) for state, message, line in said if state not in {_CONFIRMED, *_OPEN}]
    if faults:
        return Verdict("spec", "fail", faults[0].message, tuple(faults))
    if said and all(state == _CONFIRMED for state, _, _ in said):
        return Verdict("spec", "pass", f"{len(said)} of {len(said)} conditions confirmed over all paths")
    left = next(((state, message) for state, message, _ in said if state != _CONFIRMED), ("", "CrossHair found no condition in it"))
    return Verdict("spec", "skipped", late if left[0] == "CANNOT_CONFIRM" else left[1].partition(". It's dangerous")[0])


def _within(place: Program, text: str, line: int) -> Span | None:
    """A line of the filled file as a span of the candidate; None when it lies outside."""
    index = line - 1 - place.before.count("\n")
    lines = text.splitlines(keepends=True)
    if not 0 <= index < len(lines):
        return None
    start = len("".join(lines[:index]).encode())
    return Span(start, start + len(lines[index].rstrip().encode()))
