"""The denoise loop of Algorithm 1 (§7): several trajectories as one batch, from all-mask or partly denoised to clean.

Glossary
    b: trajectories    l: slots, padded to the longest    v: vocabulary    n: masked slots    t, s, κ, σ: see `schedule` and `transition`
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from astral_runtime.backends.protocol import Bools, Floats, Ints
from astral_runtime.context.vocabulary import DELETE, EOS, EXPAND, MASK, PAD, SEP, SPARE, TYPE
from astral_runtime.denoise.corrector import Corrector, NoCorrector
from astral_runtime.denoise.draw import draw, filtered, log_softmax
from astral_runtime.denoise.order import Commit, Open, Ranked, priority
from astral_runtime.denoise.schedule import Schedule
from astral_runtime.denoise.trajectory import Trajectory
from astral_runtime.fill import CancelToken

NEVER = (PAD, MASK, EOS, SEP, TYPE, SPARE)
"""Tokens that stand for no text and ask for nothing: no slot may hold them."""

Predict = Callable[[Ints, Bools, Floats], Floats]
"""ids (b, l), which slots are real (b, l), share of masked slots (b,) → logits (b, l, v)."""

REDRAWS = 8
"""How often a slot is drawn again in a step after its token turned out to go with none of the step's other commits."""


HURRIED = 3.0
"""When fewer steps than this fit into the time that is left, everything is revealed: a step or two repairs what did not go together."""


class Guide(Protocol):
    """What the slots of one trajectory may hold, kept up to date with the commits of a step: `F_hard.filter` of Algorithm 1."""

    def alive(self) -> bool:
        """Whether the masked slots can be filled at all. Doubt means True."""

    def allowed(self, slots: Sequence[int]) -> Bools:
        """Which tokens each of these masked slots may hold, (n, v). Doubt means True."""

    def propose(self, slot: int, token: int) -> bool:
        """Takes the commit into account if the trajectory can be finished with it; whether it can. Doubt means True."""


class HardMask(Protocol):
    """Gives the ids of a trajectory, at the beginning of a step, the guide for that step."""

    def growing(self, ids: Sequence[int]) -> Guide:
        """The guide of a trajectory whose masks may still become any number of tokens, by [EXPAND] and [DELETE]."""

    def fixed(self, ids: Sequence[int]) -> Guide:
        """The guide of a trajectory in which every mask is one token."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to walk. One trajectory per start; the i-th uses the i-th temperature, cyclically.

    `budget`: most slots of a trajectory; [EXPAND] is blocked there. `resizes`: whether the denoiser may ask for slots more or fewer:
    a net that never learnt [EXPAND] and [DELETE], or a length that is known, wants False. It may ask in the first `growing` steps; from
    then on the hard mask lets through only what can be finished with the slots that are there, so that a walk ends.
    """

    steps: int = 8
    temperatures: tuple[float, ...] = (0.0, 0.7)
    top_p: float = 0.95
    schedule: Schedule = field(default_factory=Schedule)
    commit: Commit = field(default_factory=Ranked)
    corrector: Corrector = field(default_factory=NoCorrector)
    resizes: bool = True
    budget: int = 96
    seed: int = 0
    growing: int = 5


SoftRises = Callable[[Sequence[int], Ints, float], Floats | float]
"""The ids of one trajectory, its masked slots (n,), and t → by how many nats each commit raises the soft energy (n, v), §4.2."""


class Step(NamedTuple):
    """What a step left behind: its number, the share of slots still masked over all trajectories, and the trajectories."""

    number: int
    t: float
    trajectories: Sequence[Trajectory]


@dataclass(frozen=True, slots=True)
class Priorities:
    """What the loop must know of tokens: their roles (v,), and the depth of the hole's slots relative to the deepest (§3.3)."""

    roles: NDArray[np.int8]
    depth: int = 0
    deepest: int = 40


@dataclass(frozen=True, slots=True)
class Hooks:
    """What may look at or shape the walk: the hard mask, whoever watches the steps, the soft energy, and starts that come late.

    `late` is asked once, behind the first step: what it returns takes the place of the last trajectories.
    """

    hard_mask: HardMask | None = None
    on_step: Callable[[Step], None] = field(default=lambda step: None)
    soft: SoftRises | None = None
    late: Callable[[], Sequence[Sequence[int]]] = field(default=tuple)


def denoise(
    starts: Sequence[Sequence[int]],
    predict: Predict,
    priorities: Priorities,
    sampling: Sampling,
    cancel: CancelToken,
    hooks: Hooks | None = None,
) -> list[Trajectory]:
    """Fills the masked slots of every start. Deterministic per seed; a trajectory does not depend on the others beside it.

    Ends when nothing is masked: after `steps` steps, and a few more for what the last one left open; those ask for no more slots.
    Where a deadline leaves no time for all steps, the last that fits reveals everything, and what is whole when time is over is kept.
    Raises Cancelled between steps.
    """
    hooks = hooks or Hooks()
    with ThreadPoolExecutor(1, "masks") as beside:
        return _walked(_Walk([Trajectory.start(ids) for ids in starts], predict, priorities, sampling, hooks, beside), cancel)


def _walked(walk: _Walk, cancel: CancelToken) -> list[Trajectory]:
    """All of its steps."""
    sampling, hooks = walk.sampling, walk.hooks
    times = sampling.schedule.times(sampling.steps)
    took_ms = 0.0
    for number in range(sampling.steps + sampling.budget):
        if not walk.unfinished() or cancel.left_ms <= 0:
            break
        cancel.check()
        begin = time.monotonic()
        last = number >= sampling.steps or cancel.left_ms < HURRIED * took_ms
        t, s = (times[-2], 0.0) if last else (times[number], times[number + 1])
        walk.step(sampling.steps if last else number, t, s)
        took_ms = (time.monotonic() - begin) * 1000
        hooks.on_step(Step(number + 1, walk.masked_share(), walk.trajectories))
        if number == 0:
            walk.replace_last(hooks.late())
    for row in walk.unfinished():
        why = "there was no time to end it" if cancel.left_ms <= 0 else "its length did not settle"
        walk.trajectories[row].stuck, walk.trajectories[row].why = True, why
    return walk.trajectories


class _Walk:
    """The trajectories and their random streams."""

    def __init__(
        self, trajectories: list[Trajectory], predict: Predict, priorities: Priorities, sampling: Sampling, hooks: Hooks, beside: Executor
    ) -> None:  # fmt: skip
        """`beside`: where masks are computed while the net predicts."""
        self.trajectories = trajectories
        self.predict, self.priorities, self.sampling = predict, priorities, sampling
        self.hooks, self.hard_mask, self.soft, self.beside = hooks, hooks.hard_mask, hooks.soft, beside
        self.random = [self._stream(row) for row in range(len(trajectories))]

    def unfinished(self) -> list[int]:
        return [row for row, trajectory in enumerate(self.trajectories) if not trajectory.stuck and MASK in trajectory.ids]

    def masked_share(self) -> float:
        slots = sum(len(trajectory.ids) for trajectory in self.trajectories)
        return sum(len(trajectory.open) for trajectory in self.trajectories if not trajectory.stuck) / max(1, slots)

    def replace_last(self, starts: Sequence[Sequence[int]]) -> None:
        """Begins these instead of the last trajectories."""
        for row, ids in zip(reversed(range(len(self.trajectories))), reversed(starts), strict=False):
            self.trajectories[row], self.random[row] = Trajectory.start(ids), self._stream(row)

    def _stream(self, row: int) -> np.random.Generator:
        return np.random.default_rng((self.sampling.seed, row))

    def step(self, number: int, t: float, s: float) -> None:
        """predict → guidance → hard mask → transition, for all unfinished trajectories at once. Masks do not wait for the net."""
        rows = self.unfinished()
        sampling = self.sampling if number < min(self.sampling.growing, self.sampling.steps) else replace(self.sampling, resizes=False)
        guides = [self._guide(self.trajectories[row], sampling.resizes) for row in rows]
        ids, valid = padded([self.trajectories[row].ids for row in rows])
        share = ((ids == MASK).sum(1) / valid.sum(1)).astype(np.float32)
        masked = [np.flatnonzero(row == MASK) for row in ids]
        shaping = self.beside.submit(self._shaped, rows, guides, masked, t)
        logits = self.predict(ids, valid, share)
        for place, (row, guide, slots, (allowed, rises)) in enumerate(zip(rows, guides, masked, shaping.result(), strict=True)):
            trajectory = self.trajectories[row]
            trajectory.steps += 1
            admitted = admissible(trajectory, logits[place, slots] - rises, slots, sampling)
            if allowed is not None:
                admitted = np.where(allowed, admitted, -np.inf)
            self._advance(row, trajectory, slots, admitted, (t, s), guide)

    def _shaped(
        self, rows: Sequence[int], guides: Sequence[Guide | None], masked: Sequence[Ints], t: float
    ) -> list[tuple[Bools | None, Floats | float]]:
        """What the masked slots of each trajectory may hold (n, v), None for everything, and by how much each commit raises the energy."""
        return [
            (
                None if guide is None else guide.allowed(slots.tolist()),
                0.0 if self.soft is None else self.soft(self.trajectories[row].ids, slots, t),
            )
            for row, guide, slots in zip(rows, guides, masked, strict=True)
        ]

    def _guide(self, trajectory: Trajectory, resizes: bool) -> Guide | None:
        """The guide of this step. Once lengths are settled, a trajectory that has too few slots to be finished gets more."""
        if self.hard_mask is None:
            return None
        if resizes:
            return self.hard_mask.growing(trajectory.ids)
        guide = self.hard_mask.fixed(trajectory.ids)
        while self.sampling.resizes and not guide.alive() and len(trajectory.ids) < self.sampling.budget:
            trajectory.lengthen()
            guide = self.hard_mask.fixed(trajectory.ids)
        return guide

    def _advance(
        self, row: int, trajectory: Trajectory, slots: Ints, logits: Floats, times: tuple[float, float], guide: Guide | None
    ) -> None:
        if not np.isfinite(logits).any(-1).all():
            trajectory.stuck, trajectory.why = True, "no token may stand in some slot"
            return
        random, size = self.random[row], len(trajectory.ids)
        leaving, drawing, masking = random.random((3, size)).astype(np.float32)
        revealed = np.array([token != MASK for token in trajectory.ids]) & ~np.array(trajectory.fixed, np.bool_)
        sigma = self.sampling.corrector.remask(np.array(trajectory.confidence, np.float32), revealed, self.sampling.schedule, *times)
        chosen, log_p = self._chosen(logits, slots, leaving, size, times)
        self._commit(row, trajectory, _Commits(slots[chosen], logits[chosen], log_p[chosen], drawing[slots[chosen]]), guide)
        for index in np.flatnonzero(masking < sigma):
            trajectory.remask(int(index))
        trajectory.resize()

    def _chosen(self, logits: Floats, slots: Ints, leaving: Floats, size: int, times: tuple[float, float]) -> tuple[Ints, Floats]:
        """Which of the slots are committed now, and log-probabilities at temperature 1."""
        log_p = log_softmax(logits)
        role = self.priorities.roles[logits.argmax(-1)]
        depth = np.full(len(slots), self.priorities.depth)
        slots_open = Open(np.exp(log_p.max(-1)), priority(role, depth, self.priorities.deepest), leaving[slots], size)
        sigma = self.sampling.corrector.open_sigma(self.sampling.schedule, *times)
        return np.flatnonzero(self.sampling.commit.choose(slots_open, self.sampling.schedule, *times, sigma)), log_p

    def _commit(self, row: int, trajectory: Trajectory, now: _Commits, guide: Guide | None) -> None:
        """Draws and commits. With a guide the surest slot comes first: the others have to go with it."""
        if not len(now.slots):
            return
        temperature = self.sampling.temperatures[row % len(self.sampling.temperatures)]
        order = np.arange(len(now.slots)) if guide is None else np.argsort(-now.log_p.max(-1), kind="stable")
        tokens = draw(filtered(now.logits, temperature, self.sampling.top_p), now.drawing)
        room = self.sampling.budget - len(trajectory.ids)
        for place in order.tolist():
            slot, token = int(now.slots[place]), self._agreed(now, place, int(tokens[place]), temperature, guide)
            if token is None or (token == EXPAND and room <= 0):
                continue  # the slot stays masked: nothing goes with the commits, or the budget went to slots before it
            room -= token == EXPAND
            trajectory.commit(slot, token, float(np.exp(now.log_p[place, token])))
            trajectory.log_prob += float(now.log_p[place, token])

    def _agreed(self, now: _Commits, place: int, token: int, temperature: float, guide: Guide | None) -> int | None:
        """The token that was drawn if the guide agrees, else another that it agrees with; None when none was found."""
        if guide is None:
            return token
        slot, logits = int(now.slots[place]), now.logits[place : place + 1]
        for _ in range(REDRAWS):
            if guide.propose(slot, token):
                return token
            logits = np.where(guide.allowed([slot]), logits, -np.inf)
            logits[0, token] = -np.inf
            if not np.isfinite(logits).any():
                return None
            token = int(draw(filtered(logits, temperature, self.sampling.top_p), now.drawing[place : place + 1])[0])
        return None


class _Commits(NamedTuple):
    """The slots (n,) that a step commits, their admitted logits and log-probabilities (n, v), and a uniform number for each (n,)."""

    slots: Ints
    logits: Floats
    log_p: Floats
    drawing: Floats


def padded(rows: Sequence[Sequence[int]]) -> tuple[Ints, Bools]:
    """Rows of unequal length as one array (b, l), and which of it is real."""
    longest = max(len(row) for row in rows)
    ids = np.full((len(rows), longest), PAD, np.int64)
    for place, row in enumerate(rows):
        ids[place, : len(row)] = row
    return ids, np.arange(longest) < np.array([[len(row)] for row in rows])


def admissible(trajectory: Trajectory, logits: Floats, slots: Ints, sampling: Sampling) -> Floats:
    """Logits (n, v) without what no slot may hold: marks, [EXPAND] at the budget, [DELETE] of everything."""
    logits = logits.copy()
    logits[:, NEVER] = -np.inf
    if not sampling.resizes or len(trajectory.ids) >= sampling.budget:
        logits[:, EXPAND] = -np.inf
    if not sampling.resizes:
        logits[:, DELETE] = -np.inf
    elif len(slots) == len(trajectory.ids):
        logits[0, DELETE] = -np.inf
    return logits
