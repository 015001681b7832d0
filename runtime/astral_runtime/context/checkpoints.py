"""Carries of the encoder, kept dense near where work happens and sparse far from it, so that memory is bounded and moving is cheap."""

from __future__ import annotations

from astral_runtime.backends.protocol import Carry


class Checkpoints:
    """Carries by the number of whole chunks that were read before them. At most `limit` are kept.

    When one must go, it is the one whose loss costs least: the gap it leaves, divided by its distance from the focus. Re-reading after a
    move then costs at most a fixed multiple of the distance moved.
    """

    def __init__(self, limit: int) -> None:
        self._limit = max(2, limit)
        self._kept: dict[int, Carry] = {}

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def nbytes(self) -> int:
        """Memory that the carries take."""
        return sum(carry.nbytes for carry in self._kept.values())

    def keep(self, chunk: int, carry: Carry, focus: int) -> None:
        """Stores the carry in front of `chunk`; `focus` is the chunk where the next question is expected."""
        self._kept[chunk] = carry
        if len(self._kept) > self._limit:
            del self._kept[self._least(focus)]

    def nearest(self, chunk: int) -> tuple[int, Carry | None]:
        """The last kept carry not behind `chunk`; (0, None) when reading must begin at the start."""
        found = max((kept for kept in self._kept if kept <= chunk), default=0)
        return found, self._kept.get(found)

    def drop_after(self, chunk: int) -> None:
        """Forgets carries in front of later chunks than `chunk`: what they had read has changed."""
        self._kept = {kept: carry for kept, carry in self._kept.items() if kept <= chunk}

    def _least(self, focus: int) -> int:
        order = sorted(self._kept)
        gaps = {k: (q - p) / (1 + abs(k - focus)) for p, k, q in zip([0, *order], order, [*order[1:], order[-1] + 1], strict=False)}
        return min((k for k in order if k != focus), key=lambda k: gaps[k], default=order[0])
