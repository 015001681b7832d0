"""One forming fill: its slots, what is fixed of them, how sure each commit was; and lengths that change by tokens (DreamOn, §3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from astral_runtime.context.vocabulary import DELETE, EXPAND, MASK


@dataclass(slots=True)
class Trajectory:
    """Slots of a fill while they are denoised. `fixed` slots were given (a skeleton of search) and are never masked again.

    `confidence` is the probability with which a slot was committed, 0 while it is masked; `log_prob` the sum of the logarithms of all
    commits, a slot that was masked again counting anew. `stuck` tells that some slot has no admissible token left.
    """

    ids: list[int]
    fixed: list[bool]
    confidence: list[float]
    log_prob: float = 0.0
    steps: int = 0
    stuck: bool = False
    why: str = field(default="")

    @classmethod
    def start(cls, ids: Sequence[int]) -> Trajectory:
        """A trajectory from all masks, or from a partly denoised state."""
        given = [token != MASK for token in ids]
        return cls(list(ids), given, [1.0 if kept else 0.0 for kept in given])

    @property
    def open(self) -> list[int]:
        """Indices of the masked slots."""
        return [i for i, token in enumerate(self.ids) if token == MASK]

    def commit(self, index: int, token: int, probability: float) -> None:
        """Puts a token into a slot; [EXPAND] and [DELETE] stay there until `resize`."""
        self.ids[index], self.confidence[index] = token, probability

    def remask(self, index: int) -> None:
        """Takes a commit back."""
        self.ids[index], self.confidence[index] = MASK, 0.0

    def lengthen(self) -> None:
        """One more masked slot, behind the last one; at the end where none is masked."""
        place = self.open[-1] + 1 if self.open else len(self.ids)
        self.ids.insert(place, MASK)
        self.fixed.insert(place, False)
        self.confidence.insert(place, 0.0)

    def resize(self) -> None:
        """[EXPAND] becomes two masks; [DELETE] goes, with the masks that directly follow it."""
        slots = list(zip(self.ids, self.fixed, self.confidence, strict=True))
        out: list[tuple[int, bool, float]] = []
        deleting = False
        for token, fixed, confidence in slots:
            if token == DELETE or (deleting and token == MASK):
                deleting = True
                continue
            deleting = False
            out += [(MASK, False, 0.0)] * 2 if token == EXPAND else [(token, fixed, confidence)]
        self.ids, self.fixed, self.confidence = ([slot[part] for slot in out] for part in range(3))  # type: ignore[assignment]  # columns
