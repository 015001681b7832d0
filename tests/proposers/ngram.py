"""A language model of characters in sequence, counted on the spot: real, small and exact, so that searches over it can be checked by hand."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import numpy as np

from astral_runtime.backends.protocol import Floats
from astral_runtime.fill import CancelToken
from astral_runtime.proposers.protocol import Fim

ORDER = 40
"""A byte is foretold from so many before it."""
END = 256
MIDDLE = Fim(257, 258, 259)
WORDS = (b"    ", b"return ", b"self.", b"\n    ", b")\n", b" = ")
"""Tokens of several bytes, some of which cross the edges of holes."""


class NGram:
    """A `LanguageModel`: n-grams of bytes backed off to shorter ones; longer tokens are as likely as what they spell."""

    name, digest, begins, window = "n-gram", "0" * 64, (), 4_096
    fim: Fim | None = None

    def __init__(self, text: str, words: Sequence[bytes] = WORDS) -> None:
        self.tokens = [*(bytes([byte]) for byte in range(256)), b"", b"", b"", b"", *words]
        self.ends = frozenset({END})
        self.asked = 0
        self._after: dict[bytes, Counter[int]] = defaultdict(Counter)
        data = text.encode()
        for at, byte in enumerate(data):
            for size in range(min(ORDER, at) + 1):
                self._after[data[at - size : at]][byte] += 1

    def encode(self, text: str) -> list[int]:
        """The longest token that fits, from left to right."""
        data, found = text.encode(), list[int]()
        while data:
            longest = max(
                (id for id, token in enumerate(self.tokens) if token and data.startswith(token)), key=lambda token: len(self.tokens[token])
            )
            found.append(longest)
            data = data[len(self.tokens[longest]) :]
        return found

    def begin(self, prompt: Sequence[int], cancel: CancelToken) -> NGramBranches:
        """Raises Cancelled."""
        cancel.check()
        return NGramBranches(self, b"".join(self.tokens[token] for token in prompt))

    def close(self) -> None:
        """Nothing to free."""

    def logits(self, before: bytes) -> Floats:
        """Log-probabilities of every token behind a text."""
        self.asked += 1
        bytewise = self._bytes(before)
        rows = [bytewise[token[0]] + self._spelled(before, token) if token else -40.0 for token in self.tokens]
        return np.array(rows, np.float32)

    def _spelled(self, before: bytes, token: bytes) -> float:
        return sum(float(self._bytes(before + token[:at])[token[at]]) for at in range(1, len(token)))

    def _bytes(self, before: bytes) -> Floats:
        return _log(tuple(self._seen(before)))

    def _seen(self, before: bytes) -> Iterator[tuple[tuple[int, int], ...]]:
        for size in range(min(ORDER, len(before)) + 1):
            if (seen := self._after.get(before[len(before) - size :] if size else b"")) is None:
                return
            yield tuple(seen.items())


@cache
def _log(seen: tuple[tuple[tuple[int, int], ...], ...]) -> Floats:
    """Log-probabilities of bytes, (256,), from counts behind ever longer contexts."""
    chances = np.full(256, 1 / 256)
    for counts in seen:
        chances /= 1 + sum(count for _, count in counts)
        for byte, count in counts:
            chances[byte] += count / (1 + sum(count for _, count in counts))
    return np.asarray(np.log(chances), np.float32)


class NGramBranches:
    """Texts behind the prompt."""

    room, rows = 24, 16

    def __init__(self, model: NGram, prompt: bytes) -> None:
        self._model, self._prompt = model, prompt
        self._texts: dict[int, bytes] = {}
        self.logits = model.logits(prompt)

    def fork(self, source: int | None) -> int:
        """ValueError when there is no room."""
        if len(self._texts) == self.room:
            raise ValueError("no room")
        branch = next(number for number in range(1, self.room + 1) if number not in self._texts)
        self._texts[branch] = self._prompt if source is None else self._texts[source]
        return branch

    def drop(self, branch: int) -> None:
        """Forget."""
        del self._texts[branch]

    def read(self, rows: Mapping[int, Sequence[int]], cancel: CancelToken) -> Mapping[int, Sequence[Floats]]:
        """Raises Cancelled."""
        cancel.check()
        return {branch: list(self._read(branch, row)) for branch, row in rows.items()}

    def _read(self, branch: int, row: Sequence[int]) -> Iterator[Floats]:
        for token in row:
            self._texts[branch] += self._model.tokens[token]
            yield self._model.logits(self._texts[branch])
