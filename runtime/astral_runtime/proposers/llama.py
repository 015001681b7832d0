"""A GGUF file in this process, by llama.cpp: one context whose sequences are the branches of a prompt.

Sequence 0 holds the prompt and stays between questions: of the next prompt only what differs is read. A branch is a copy of it, which
costs nothing, since a cell of the cache may belong to any number of sequences.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from astral_runtime.backends.protocol import Floats
from astral_runtime.fill import CancelToken
from astral_runtime.proposers.llama_library import LlamaContext, Row, Shape
from astral_runtime.proposers.protocol import ModelFault

WINDOW = 512
"""Tokens of a prompt. With a model of 270M parameters each takes 4.6 ms of one core, once per file state."""
BRANCHES = 24
LONGEST = 96
"""Tokens that a branch may have on average, suffix included: what the cache has room for."""
PACE_S = 0.06
"""A pass may take so long before the token is asked again: portions of a prompt grow while they are faster."""
PORTION, LARGEST = 32, 512
"""Tokens of a prompt that are read at once, at first and at most."""
SCORED = 12
"""Tokens whose logits are wanted in one pass: each costs as much as three of a prompt, and a pass is not to be interrupted."""
WANTED = 64
"""Rows whose logits are held at a time: each takes a megabyte where there are 262,144 tokens."""


class Llama:
    """A `LanguageModel`. Not thread-safe: its proposer lets one in at a time."""

    def __init__(self, path: Path, window: int = WINDOW, threads: int | None = None) -> None:
        """Load a file that has been looked at. Raises ModelLoadError."""
        self.path, self.window = path, window
        self._context = LlamaContext(path, Shape(window + BRANCHES * LONGEST, BRANCHES + 1, LARGEST, WANTED, threads or _cores()))
        self.window = min(window, max(WANTED, self._context.trained_for() - LONGEST))
        vocabulary = self._context.vocabulary()
        self.tokens, self.begins, self.ends, self.fim = vocabulary.tokens, vocabulary.begins, vocabulary.ends, vocabulary.fim
        self._prompt: list[int] = []
        self._portion = PORTION

    @property
    def name(self) -> str:
        """The file's."""
        return self.path.name

    @cached_property
    def digest(self) -> str:
        """sha256 of the file, a second for each gigabyte."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def encode(self, text: str) -> list[int]:
        """Tokens of plain text."""
        return self._context.encode(text)

    def begin(self, prompt: Sequence[int], cancel: CancelToken) -> LlamaBranches:
        """Read what is new of a prompt. What was read stays so when the token is set. Raises Cancelled, ModelFault."""
        if not 0 < len(prompt) <= self.window:
            raise ModelFault(f"{self.name}: a prompt of {len(prompt)} tokens, where 1 to {self.window} can be read")
        self._keep(min(_same(self._prompt, prompt), len(prompt) - 1))
        logits: list[Floats] = []
        while len(self._prompt) < len(prompt):
            cancel.check()
            logits = self._read_on(prompt)
        return LlamaBranches(self._context, len(prompt), logits[-1])

    def close(self) -> None:
        """Free the model; idempotent."""
        self._context.close()

    def _keep(self, size: int) -> None:
        """Forget the branches of before, and the prompt behind its first tokens."""
        for sequence in range(1, BRANCHES + 1):
            self._context.forget(sequence, 0)
        if size < len(self._prompt) and not self._context.forget(0, size):
            self._context.clear()
            size = 0
        del self._prompt[size:]

    def _read_on(self, prompt: Sequence[int]) -> list[Floats]:
        start = len(self._prompt)
        portion = prompt[start : start + self._portion]
        begin = time.perf_counter()
        try:
            found = self._context.read([Row(token, at, 0, at == len(prompt) - 1) for at, token in enumerate(portion, start)])
        except ModelFault:
            self._keep(0)
            raise
        took = time.perf_counter() - begin
        self._prompt += portion
        if len(portion) == self._portion:
            self._portion = int(np.clip(self._portion * PACE_S / took, PORTION, LARGEST))
        return found


class LlamaBranches:
    """Branches of a prompt that was read: each is a sequence of the context. Valid until the next `begin`."""

    room = BRANCHES

    def __init__(self, context: LlamaContext, size: int, logits: Floats) -> None:
        """`size`: tokens of the prompt."""
        self._context = context
        self._size = size
        self.logits = logits
        self._lengths: dict[int, int] = {}
        self._free = list(range(BRANCHES, 0, -1))

    def fork(self, source: int | None) -> int:
        """A new branch; ValueError when there is no room."""
        if not self._free:
            raise ValueError(f"there are {BRANCHES} branches already")
        branch = self._free.pop()
        self._context.copy(source or 0, branch)
        self._lengths[branch] = self._size if source is None else self._lengths[source]
        return branch

    def drop(self, branch: int) -> None:
        """Forget a branch."""
        del self._lengths[branch]
        self._context.forget(branch, 0)
        self._free.append(branch)

    def step(self, tokens: Mapping[int, int], cancel: CancelToken) -> Mapping[int, Floats]:
        """One token for each of some branches. Raises Cancelled, ModelFault."""
        cancel.check()
        logits = self._context.read([self._row(branch, token, True) for branch, token in tokens.items()])
        return dict(zip(tokens, logits, strict=True))

    def score(self, rows: Mapping[int, Sequence[int]], cancel: CancelToken) -> Mapping[int, Sequence[float]]:
        """Log-probabilities of all tokens but the first of each row, whose last is not read itself. Raises Cancelled, ModelFault."""
        found: dict[int, list[float]] = {branch: [] for branch in rows}
        pairs = [(branch, row[at], row[at + 1]) for branch, row in rows.items() for at in range(len(row) - 1)]
        for start in range(0, len(pairs), SCORED):
            cancel.check()
            some = pairs[start : start + SCORED]
            logits = self._context.read([self._row(branch, token, True) for branch, token, _ in some])
            for (branch, _, following), behind in zip(some, logits, strict=True):
                found[branch].append(log_prob(behind, following))
        return found

    def _row(self, branch: int, token: int, wanted: bool) -> Row:
        at = self._lengths[branch]
        self._lengths[branch] = at + 1
        return Row(token, at, branch, wanted)


def log_prob(logits: Floats, token: int) -> float:
    """Of one token, from a row of logits (v,)."""
    most = logits.max()
    return float(logits[token] - most - np.log(np.exp(logits - most).sum()))


def _same(a: Sequence[int], b: Sequence[int]) -> int:
    """Length of the common beginning."""
    return next((at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
