"""A GGUF file in this process, by llama.cpp: one context whose sequences are the branches of a prompt.

Sequence 0 holds the prompt and stays between questions: of the next prompt only what differs is read. A branch is a copy of it, which
costs nothing, since a cell of the cache may belong to any number of sequences.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
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
LEAST = 64
"""Tokens of a prompt at least, however short what a model was trained for."""
PACE_S = 0.06
"""A pass may take so long before the token is asked again: portions of a prompt grow while they are faster."""
PORTION, LARGEST = 32, 512
"""Tokens of a prompt that are read at once, at first and at most."""
ROWS = 16
"""Tokens of branches in one pass, which is not to be interrupted. With 270M parameters one of 8 took 47 ms on two cores, one of 16 took 77;
7 took longer than 8, and 14 longer than 16."""


class Llama:
    """A `LanguageModel`. Not thread-safe: its proposer lets one in at a time."""

    def __init__(self, path: Path, window: int = WINDOW, threads: int | None = None) -> None:
        """Load a file that has been looked at. Raises ModelLoadError."""
        self.path, self.window = path, window
        self._context = LlamaContext(path, Shape(window + BRANCHES * LONGEST, BRANCHES + 1, LARGEST, ROWS, threads or _cores()))
        self.window = min(window, max(LEAST, self._context.trained_for() - LONGEST))
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

    room, rows = BRANCHES, ROWS

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

    def read(self, rows: Mapping[int, Sequence[int]], cancel: CancelToken) -> Mapping[int, Sequence[Floats]]:
        """Rows of tokens behind some branches: the logits behind each token. Raises Cancelled, ModelFault."""
        flat = [self._row(branch, token) for branch, row in rows.items() for token in row]
        behind = iter(self._pass(flat, cancel) if len(flat) <= self.rows else list(self._passes(flat, cancel)))
        return {branch: list(islice(behind, len(row))) for branch, row in rows.items()}

    def _passes(self, flat: Sequence[Row], cancel: CancelToken) -> Iterator[Floats]:
        for start in range(0, len(flat), self.rows):
            yield from map(np.array, self._pass(flat[start : start + self.rows], cancel))  # copies: the next pass writes over them

    def _pass(self, flat: Sequence[Row], cancel: CancelToken) -> list[Floats]:
        cancel.check()
        return self._context.read(flat)

    def _row(self, branch: int, token: int) -> Row:
        at = self._lengths[branch]
        self._lengths[branch] = at + 1
        return Row(token, at, branch, True)


def _same(a: Sequence[int], b: Sequence[int]) -> int:
    """Length of the common beginning."""
    return next((at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
