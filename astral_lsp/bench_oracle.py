"""Rows of `astral-lsp bench` about the oracle: holes put into a copy of the standard library's argparse (2,600 lines).

`hover.hole_warm`: one edit, then σ and Γ of a hole, from the edited document to the HoleContext. `oracle.hole_warm`: the same
question again with nothing changed. Edits are seeded; each adds or takes away one line: six in ten in a function with a hole,
three in ten elsewhere, one in ten such that the module has to be loaded anew (a class attribute, a module constant).
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from astral_lsp.bench_native import Row
from astral_native import Document
from astral_runtime.document import DocumentSnapshot
from astral_runtime.holes import Hole
from astral_runtime.types.client import Oracle, OracleSettings

EDITS = 60
WARM_UP = 6
DEADLINE_MS = 60_000
SEED = 7

HOLES: Sequence[tuple[str, str]] = (
    (
        "        # map all mutually exclusive arguments to the other arguments\n",
        "        last = max(len(text) for text in arg_strings) + ...\n",
    ),
    ("        # raise an exception if we weren't able to find a match\n", "        message: str = _(...)\n"),
    ("        formatter = self._get_formatter()\n\n        # usage\n", "        widths: list[int] = [... for action in self._actions]\n"),
)
"""Lines of the module, and a line with a hole that is put above each: in functions of 250, 20 and 25 lines."""

EDITS_INSIDE: Sequence[tuple[str, str]] = (
    (HOLES[0][0], "        first = arg_strings[0] if arg_strings else None\n"),
    (HOLES[0][0], "        # a remark\n"),
    (HOLES[1][0], "        count: int = len(arg_strings_pattern)\n"),
    (HOLES[1][0], "        pairs = [(name, len(name)) for name in arg_strings_pattern]\n"),
    (HOLES[2][0], "        groups = [group.title for group in self._action_groups]\n"),
    (HOLES[2][0], "        shown = self.description or ''\n"),
)
EDITS_OUTSIDE: Sequence[tuple[str, str]] = (
    ("        if self.add_help:\n", "            greeting = self.prog.upper()\n"),
    ("    if argument is None:\n        return None\n", "    # what an argument is called\n"),
    ("import sys as _sys\n", "\n"),
)
EDITS_OF_STRUCTURE: Sequence[tuple[str, str]] = (
    ("import sys as _sys\n", "LIMIT = 80\n"),
    ("class _ArgumentGroup(_ActionsContainer):\n", "    depth = 0\n"),
)


def rows() -> list[Row]:
    """Measure; takes about ten seconds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "parsing.py"
        oracle = Oracle(OracleSettings(root=Path(folder)))
        try:
            return _measured(oracle, path, pristine())
        finally:
            oracle.close()


def pristine() -> str:
    """The module with its holes."""
    text = Path(argparse.__file__).read_text(encoding="utf-8")
    for line, hole in HOLES:
        if text.count(line) < 1:
            raise RuntimeError(f"this argparse has no line {line!r}")
        text = text.replace(line, hole + line, 1)
    return text


def _measured(oracle: Oracle, path: Path, text: str) -> list[Row]:
    generator = random.Random(SEED)
    edited: list[float] = []
    unchanged: list[float] = []
    done: list[tuple[str, str]] = []
    document = Document(text)
    for n in range(WARM_UP + EDITS):
        _toggle(done, generator)
        document.apply([(None, _with(text, done))], n + 1)
        snapshot = DocumentSnapshot(path, document.snapshot(), n + 1, path.parent)
        hole = generator.choice([hole for hole in snapshot.holes() if hole.kind == "expression"])
        times = [_timed(oracle, snapshot, hole) for _ in range(2)]
        if n >= WARM_UP:
            edited.append(times[0])
            unchanged.append(times[1])
    return [_row("hover.hole_warm", edited), _row("oracle.hole_warm", unchanged)]


def _toggle(done: list[tuple[str, str]], generator: random.Random) -> None:
    """One edit more, or one less."""
    edit = generator.choice(generator.choices((EDITS_INSIDE, EDITS_OUTSIDE, EDITS_OF_STRUCTURE), (6, 3, 1))[0])
    if edit in done:
        done.remove(edit)
    else:
        done.append(edit)


def _with(text: str, edits: Sequence[tuple[str, str]]) -> str:
    for line, added in edits:
        text = text.replace(line, line + added, 1)
    return text


def _timed(oracle: Oracle, document: DocumentSnapshot, hole: Hole) -> float:
    begin = time.perf_counter()
    found = oracle.contexts(document, [hole], DEADLINE_MS)[0]
    elapsed = (time.perf_counter() - begin) * 1000
    if found.expected_type is None:
        raise RuntimeError(f"no type at {document.slice(hole.span)}: {found.expected_because}")
    return elapsed


def _row(name: str, samples: list[float]) -> Row:
    ordered = sorted(samples)
    return Row(name, "ms", statistics.median(ordered), ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], len(ordered))
