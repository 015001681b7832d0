"""A vocabulary as byte strings: which tokens go on with a text that is given, and which begin it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np

from astral_runtime.backends.protocol import Ints


class Pieces:
    """What each token writes, sorted. Made once per model: a fifth of a second for 262,144 tokens."""

    def __init__(self, tokens: Sequence[bytes]) -> None:
        self.tokens = tokens
        self._order = sorted((id for id, text in enumerate(tokens) if text), key=tokens.__getitem__)
        self._texts = [tokens[id] for id in self._order]
        self.writes = np.array([bool(text) for text in tokens])
        """Which tokens write text at all, (v,)."""

    def spelling(self, owed: bytes) -> Ints:
        """Tokens that write a beginning of `owed`, or all of it and more."""
        inside = [place for size in range(1, len(owed)) for place in self._exactly(owed[:size])]
        first = bisect_left(self._texts, owed)
        last = first
        while last < len(self._texts) and self._texts[last].startswith(owed):
            last += 1
        return np.array([self._order[place] for place in (*inside, *range(first, last))], np.int64)

    def _exactly(self, text: bytes) -> range:
        first = bisect_left(self._texts, text)
        last = first
        while last < len(self._texts) and self._texts[last] == text:
            last += 1
        return range(first, last)
