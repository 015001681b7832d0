"""A soft term over control flow: leaving what one is not inside of, and code behind a statement that never comes back (§4.2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from astral_native import Snapshot
from astral_runtime.backends.protocol import Floats, Ints
from astral_runtime.constraints.soft import Domain
from astral_runtime.context.vocabulary import ID

LEAVING = {word: ID[f"<kw>{word}"] for word in ("return", "yield", "await", "break", "continue", "raise")}
NEWLINE, DEDENT = ID["<NEWLINE>"], ID["<DEDENT>"]
COROUTINE = re.compile(r"^\s*async\s+def\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ControlFlow:
    """E = 1 for a word that makes no sense where the hole is, and for going on behind a statement that leaves the block."""

    size: int
    senseless: tuple[int, ...]
    weight: float = 3.0
    domain: Domain = "control_flow"

    def rises(self, ids: Sequence[int], slots: Ints) -> Floats:
        """(n, v) as said."""
        rises = np.zeros((len(slots), self.size), np.float32)
        rises[:, list(self.senseless)] = 1.0
        for row, slot in enumerate(slots.tolist()):
            if _behind_the_end(ids, slot):
                rises[row] = 1.0
                rises[row, [DEDENT, NEWLINE]] = 0.0
        return rises


def control_flow(native: Snapshot, offset: int, size: int) -> ControlFlow:
    """What may not be left at a place: no function, no loop, no coroutine around it."""
    definitions = native.definitions()
    around = [definitions[index] for index in native.enclosing(offset)]
    inner = around[-1] if around else None
    missing = set[str]()
    if inner is None or inner.kind != "function":
        missing |= {"return", "yield", "await"}
    elif not COROUTINE.search(native.slice(inner.start, inner.body_start)):
        missing |= {"await"}
    if not _in_loop(native, offset, inner.start if inner is not None else 0):
        missing |= {"break", "continue"}
    return ControlFlow(size, tuple(LEAVING[word] for word in sorted(missing)))


def _in_loop(native: Snapshot, offset: int, start: int) -> bool:
    """Whether a line above, less indented than the hole's and each nearer line, opens a loop of the same function."""
    lines = native.slice(start, offset).split("\n")
    depth = len(lines[-1]) - len(lines[-1].lstrip()) if lines[-1].strip() else len(lines[-1])
    for line in reversed(lines[:-1]):
        indent = len(line) - len(line.lstrip())
        if line.strip() and indent < depth:
            depth = indent
            if line.lstrip().startswith(("for ", "while ", "async for ")):
                return True
    return False


def _behind_the_end(ids: Sequence[int], slot: int) -> bool:
    """Whether the statement in front of a slot, all of it committed, leaves the block."""
    if not slot or ids[slot - 1] != NEWLINE:
        return False
    start = slot - 1
    while start and ids[start - 1] != NEWLINE:
        start -= 1
    return ids[start] in (LEAVING["return"], LEAVING["raise"], LEAVING["break"], LEAVING["continue"])
