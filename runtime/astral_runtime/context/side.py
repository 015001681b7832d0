"""One direction of a document's encoding: what was read, in reading order, and which of it is still true after an edit (§3.2)."""

from __future__ import annotations

import numpy as np

from astral_runtime.backends.protocol import Carry, Denoiser, Floats, Ints
from astral_runtime.context.checkpoints import Checkpoints
from astral_runtime.fill import CancelToken


class Side:
    """Reads a document's columns in one direction, in chunks counted from where reading begins.

    A causal state depends on what was read before it alone; so an edit leaves everything in front of it true. Reading in the same
    chunks from the same carries gives the same numbers: warm equals cold.
    """

    def __init__(self, denoiser: Denoiser, direction: int, memory_bytes: int) -> None:
        self._denoiser, self._direction = denoiser, direction
        self._chunk = denoiser.sizes.chunk
        self._columns: Ints = np.zeros((5, 0), np.int64)
        window = denoiser.serving.window // self._chunk + 2
        self._states_limit = 2 * window
        self._states: dict[int, Floats] = {}
        spare = memory_bytes - self._states_limit * self._chunk * denoiser.sizes.d_model * 4
        self._carries = Checkpoints(spare // denoiser.start(1).nbytes)
        self.tokens_read = 0
        """How many tokens the encoder has read in this direction so far."""

    @property
    def nbytes(self) -> int:
        """Memory that kept states and carries take."""
        return self._carries.nbytes + sum(states.nbytes for states in self._states.values())

    def adapt(self, columns: Ints) -> None:
        """Takes a new version, (5, l) in reading order; forgets what was read behind the first token that differs."""
        shorter = min(columns.shape[1], self._columns.shape[1])
        different = np.flatnonzero((columns[:, :shorter] != self._columns[:, :shorter]).any(0))
        whole = (int(different[0]) if len(different) else shorter) // self._chunk
        self._carries.drop_after(whole)
        self._states = {chunk: states for chunk, states in self._states.items() if chunk < whole}
        self._columns = columns

    def read(self, upto: int, window: int, cancel: CancelToken) -> tuple[Floats, Carry]:
        """States of the last `window` tokens in front of the upto-th, and the carry there. Cancelled when asked, keeping what was read."""
        focus = upto // self._chunk
        first = max(0, upto - window) // self._chunk
        carry = self._reach(first, focus, cancel)
        states = [self._states[chunk] for chunk in range(first, focus)]
        self._forget(focus)
        if upto > focus * self._chunk:
            last = self._encode(focus * self._chunk, upto, carry)
            states, carry = [*states, last[0]], last[1]
        return np.concatenate(states)[max(0, upto - window) - first * self._chunk :], carry

    def _reach(self, first: int, focus: int, cancel: CancelToken) -> Carry:
        """Makes the states of the chunks [first, focus) known; returns the carry behind them."""
        missing = next((chunk for chunk in range(first, focus) if chunk not in self._states), focus)
        begin, found = self._carries.nearest(missing)
        carry = self._denoiser.start(1) if found is None else found
        for chunk in range(begin, focus):
            cancel.check()
            states, carry = self._encode(chunk * self._chunk, (chunk + 1) * self._chunk, carry)
            self._carries.keep(chunk + 1, carry, focus)
            if chunk >= first:
                self._states[chunk] = states
        return carry

    def _encode(self, start: int, end: int, carry: Carry) -> tuple[Floats, Carry]:
        self.tokens_read += end - start
        encoded = self._denoiser.encode(self._columns[:, None, start:end], self._direction, carry)
        return encoded.states[0], encoded.carry

    def _forget(self, focus: int) -> None:
        """Keeps the states nearest to where the last question was."""
        near = sorted(self._states, key=lambda chunk: abs(chunk - focus))[: self._states_limit]
        self._states = {chunk: self._states[chunk] for chunk in near}
