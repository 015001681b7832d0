"""Warm encoder states of one document: what surrounds a hole, re-read only from the last edit to the hole (§3.2, MODEL.md)."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

import numpy as np

from astral_runtime.backends.protocol import BACKWARD, FORWARD, Carry, Denoiser, Floats
from astral_runtime.context.side import Side
from astral_runtime.context.tokens import Tokens
from astral_runtime.fill import CancelToken

MEMORY_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the model may know of the file around the tokens [first, last): nothing in here has seen any of them.

    `left` and `right` are the boundary states F[first−1] and B[last] (d,); `keys` (m, d) the context states that cross-attention reads;
    `forward` and `backward` the carries from which candidates are read on in either direction.
    """

    first: int
    last: int
    left: Floats
    right: Floats
    keys: Floats
    forward: Carry
    backward: Carry

    def remembering(self, keys: Floats) -> Surroundings:
        """The same with the keys of repository memory (m, d) beside its own."""
        return replace(self, keys=np.concatenate([self.keys, keys]))


class ContextState:
    """Encoder states of the current version of one document, both directions. Thread-safe; memory is bounded by `memory_bytes`."""

    def __init__(self, denoiser: Denoiser, memory_bytes: int = MEMORY_BYTES) -> None:
        self._denoiser = denoiser
        self._lock = threading.Lock()
        self.tokens: Tokens | None = None
        """Tokens of the version that was asked about last: the next version's are read from them."""
        self._forward = Side(denoiser, FORWARD, memory_bytes // 2)
        self._backward = Side(denoiser, BACKWARD, memory_bytes // 2)

    @property
    def nbytes(self) -> int:
        """Memory that kept states take."""
        return self._forward.nbytes + self._backward.nbytes

    @property
    def tokens_read(self) -> int:
        """How many tokens the encoder has read for this document so far, both directions together."""
        return self._forward.tokens_read + self._backward.tokens_read

    def around(self, tokens: Tokens, first: int, last: int, cancel: CancelToken) -> Surroundings:
        """Surroundings of the tokens [first, last), 1 ≤ first ≤ last < len(tokens): the two [EOS] are always outside.

        `tokens` is the document's current version; whatever of an earlier one is still true is not read again. Raises Cancelled.
        """
        columns = tokens.columns()
        before, behind = self._reach(first, len(tokens) - last)
        with self._lock:
            self.tokens = tokens
            self._forward.adapt(columns)
            self._backward.adapt(columns[:, ::-1])
            left, forward = self._forward.read(first, before, cancel)
            right, backward = self._backward.read(len(tokens) - last, behind, cancel)
        return Surroundings(first, last, left[-1], right[-1], self._keys(left, right), forward, backward)

    def _reach(self, before: int, behind: int) -> tuple[int, int]:
        """How many tokens on either side become keys: together what a training window held, shared evenly unless one side is short."""
        window = self._denoiser.serving.window
        left = min(before, max(window // 2, window - behind))
        return left, min(behind, window - left)

    def _keys(self, left: Floats, right: Floats) -> Floats:
        """Every memory_stride-th state, counted from the hole outwards."""
        stride = self._denoiser.sizes.memory_stride
        return np.ascontiguousarray(np.concatenate([left[::-1][::stride], right[::-1][::stride]]))
