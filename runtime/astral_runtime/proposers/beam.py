"""What a beam search is made of: branches, tokens behind them, texts that ended, and how far to go."""

from __future__ import annotations

from dataclasses import dataclass, field

from astral_runtime.backends.protocol import Floats
from astral_runtime.proposers.gap import Gap
from astral_runtime.proposers.lens import Growing


@dataclass(frozen=True, slots=True)
class Beaming:
    """How wide and how far: branches, tokens of a fill, tokens of the suffix that are read, and what cannot win.

    `reach`: nats below the best text at which a branch is given up. `line`: nats that a further line costs, since most holes are of one.
    On 24 holes of the dev split a width of 8, 12 tokens of the suffix and 6 nats took 1.9 s; a width of 6, 8 tokens and 5 nats took 1.4 and
    had as many answers among the first five. Since what follows is read beside the next tokens, a width of 8 takes less than 6 did.
    """

    width: int = 8
    longest: int = 64
    following: int = 8
    reach: float = 5.0
    line: float = 2.0
    unlikely: float = 9.0
    """Nats below the likeliest next token at which tokens are no longer looked at."""


@dataclass(frozen=True, slots=True)
class Written:
    """A text that ended: the whole of what was written, and log p of it and of what follows, in nats. `rank` is what it is ordered by."""

    gap: Gap
    text: str
    log_prob: float
    rank: float


@dataclass(frozen=True, slots=True)
class Beam:
    """`branch`: the model's; None for the prompt alone. `energy`: nats that soft terms hold against it. `next`: (v,) log-probabilities."""

    gap: Gap
    growing: Growing
    branch: int | None
    text: bytes
    log_prob: float
    energy: float
    next: Floats

    @property
    def rank(self) -> float:
        """What beams are ordered by."""
        return self.log_prob - self.energy


@dataclass(frozen=True, slots=True)
class Step:
    """A token behind a beam: what it writes into the gap, and how much of the suffix; None where it does not reach the suffix."""

    beam: Beam
    token: int
    text: bytes
    reached: int | None
    log_prob: float
    energy: float

    @property
    def reads_as(self) -> tuple[Gap, bytes]:
        """What was written by then, and where."""
        return self.beam.gap, self.beam.text + self.text

    @property
    def rank(self) -> float:
        """What steps of all beams are ordered by."""
        return self.log_prob - self.energy

    @property
    def written(self) -> bytes:
        """The text by then, without what its place owes."""
        return (self.beam.text + self.text)[len(self.beam.gap.owed.encode()) :]

    @property
    def begins_blank(self) -> bool:
        """Whether the text begins with more blanks than its place has: they would mean nothing, or another indentation."""
        return self.written[:1].isspace()

    @property
    def is_whole(self) -> bool:
        """Whether the text is none that ends in blanks, which another one is without."""
        return bool(self.written) and not self.written[-1:].isspace()


@dataclass(slots=True)
class Tail:
    """What follows a text: the token that reached it, the next ones, and log p of those of them that were read.

    The first `inside` of the next ones are the text's own: it came from another proposer, and is read whole.
    """

    step: Step
    row: list[int]
    inside: int = 0
    log_probs: list[float] = field(default_factory=list)

    @property
    def rank(self) -> float:
        """Of the text with as much of what follows as was read."""
        return self.step.rank + sum(self.log_probs)

    @property
    def read(self) -> int:
        """How many tokens of the suffix were read."""
        return max(0, len(self.log_probs) - self.inside)
