"""Candidates for a hole from the bundled model: context → denoise → text → energy (§7, steps 1, 3–9 and the ranking of MODEL.md)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from astral_native import Snapshot
from astral_runtime.backends.onnx import Model
from astral_runtime.backends.protocol import Bools, Floats, Ints
from astral_runtime.constraints.compiler import Compiled, Compiler, Specification
from astral_runtime.context.repository import Memory, Repository
from astral_runtime.context.state import ContextState, Surroundings
from astral_runtime.context.tokens import Tokens
from astral_runtime.context.vocabulary import MASK, PAD
from astral_runtime.denoise.bounds import Bounds, bounds, fill_text
from astral_runtime.denoise.energy import energies
from astral_runtime.denoise.length import FLAT, Baseline, Measure, climb, first_step_confidence
from astral_runtime.denoise.order import roles
from astral_runtime.denoise.place import Place, place
from astral_runtime.denoise.sampler import Hooks, Predict, Priorities, Sampling, Step, denoise
from astral_runtime.denoise.skeleton import skeleton
from astral_runtime.denoise.standing import standing
from astral_runtime.denoise.trajectory import Trajectory
from astral_runtime.document import DocumentSnapshot, filled
from astral_runtime.fill import CancelToken, OnProgress, Progress
from astral_runtime.holes import SUBHOLE, Hole

Lengths = Callable[[Measure, int], list[int]]
"""From the measure Φ of `length` and the number of trajectories to the slots that each begins with."""


@dataclass(frozen=True, slots=True)
class Grow:
    """Begins with these lengths, cyclically, and lets [EXPAND] and [DELETE] correct them: by a slot or two, so that beginnings lie close.

    The first ones are the likeliest: search's skeletons take the place of the last, behind the first step.
    """

    lengths: tuple[int, ...] = (2, 1, 3, 4, 6, 8, 5, 12)

    def __call__(self, measure: Measure, trajectories: int) -> list[int]:
        """The lengths, repeated."""
        return [self.lengths[i % len(self.lengths)] for i in range(trajectories)]


@dataclass(frozen=True, slots=True)
class Climb:
    """CAL: the best lengths that a climb from `start` found, the very best twice as often as the others."""

    baseline: Baseline = FLAT
    start: int = 8
    longest: int = 96

    def __call__(self, measure: Measure, trajectories: int) -> list[int]:
        """Best first, cyclically."""
        found = climb(measure, self.baseline, self.start, self.longest)[: max(1, trajectories - 1)]
        order = [found[0], *found]
        return [order[i % len(order)] for i in range(trajectories)]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of the model: how to walk, from which lengths, σ as text, constraints, and search's skeletons (▢ marks what is open).

    Skeletons are asked for behind the first step, so that search may still be at work when the walk begins.
    """

    sampling: Sampling = field(default_factory=lambda: Sampling(steps=6, growing=3, temperatures=(0.0,)))
    trajectories: int = 8
    lengths: Lengths = field(default_factory=Grow)
    expected_type: str | None = None
    skeletons: Callable[[], Sequence[str]] = tuple
    specification: Specification | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """One candidate: text for the hole's span, and the log-probability, in nats, of the walk that made it."""

    text: str
    log_prob: float
    steps: int


class Proposer:
    """Turns holes into candidates with one loaded model. Holds no document: states come with the question. Thread-safe."""

    def __init__(self, model: Model, memory: Memory | None = None) -> None:
        """`memory`: the repository's, unless another one is given."""
        self.model = model
        self._roles = roles(model.tokenizer.names)
        self._compiler = Compiler(model.tokenizer)
        self._memory: Memory = memory or Repository(model.denoiser, model.tokenizer)

    def propose(
        self, document: DocumentSnapshot, hole: Hole, state: ContextState, wish: Wish, cancel: CancelToken, on_progress: OnProgress
    ) -> tuple[Proposal, ...]:
        """Distinct candidates, likeliest walk first; those whose text cannot stand there are left out. Raises Cancelled."""
        tokens = self.model.tokenizer.tokens(document.native, state.tokens)
        where = bounds(tokens, hole)
        memory = self._memory.keys(document, tokens, where.first, where.last, wish.expected_type)
        around = state.around(tokens, where.first, where.last, cancel).remembering(memory)
        trajectories = self._walk(tokens, where, around, wish, cancel, self._watcher(document, where, tokens, on_progress))
        found: dict[str, Trajectory] = {}
        for trajectory in sorted((t for t in trajectories if not t.stuck), key=lambda t: -t.log_prob):
            text = fill_text(trajectory.ids, where, tokens, self.model.tokenizer)
            if text is not None:
                found.setdefault(standing(document.native, hole.span, text) if where.kind == "expression" else text, trajectory)
        return tuple(Proposal(text, trajectory.log_prob, trajectory.steps) for text, trajectory in found.items())

    def energies(
        self, document: DocumentSnapshot, hole: Hole, state: ContextState, texts: Sequence[str], cancel: CancelToken
    ) -> list[float]:
        """Sequence energy of texts of any origin in the hole's place: what search, values and denoiser are ranked together by."""
        tokens = self.model.tokenizer.tokens(document.native, state.tokens)
        versions = [self._filled(document.native, hole, text, tokens) for text in texts]
        return energies(self.model.denoiser, state, tokens, tokens.at(*hole.span), versions, cancel)

    def confidence_at(
        self, document: DocumentSnapshot, hole: Hole, state: ContextState, lengths: Sequence[int], cancel: CancelToken
    ) -> list[float]:
        """Φ of each length for this hole: what `fit_baseline` is fitted to, over many holes of known files (CAL)."""
        tokens = self.model.tokenizer.tokens(document.native, state.tokens)
        where = bounds(tokens, hole)
        around = state.around(tokens, where.first, where.last, cancel)
        return _measure(self._predictor(place(tokens, around, where.kind, (), self.model.denoiser.serving)), lengths)

    def _filled(self, native: Snapshot, hole: Hole, text: str, before: Tokens) -> Tokens:
        return self.model.tokenizer.tokens(filled(native, hole.span, text), before)

    def _walk(
        self, tokens: Tokens, where: Bounds, around: Surroundings, wish: Wish, cancel: CancelToken, on_step: Callable[[Step], None]
    ) -> list[Trajectory]:
        there = place(tokens, around, where.kind, self._type_tokens(wish.expected_type), self.model.denoiser.serving)
        predict = self._predictor(there)
        starts = self._starts(predict, wish)
        compiled = Compiled(None, None) if wish.specification is None else self._compiler.compile(wish.specification, tokens, where)
        priorities = Priorities(self._roles, there.depth, self.model.denoiser.sizes.depths)
        hooks = Hooks(compiled.hard, on_step, None if compiled.soft is None else compiled.soft.rises, lambda: self._skeletons(wish))
        return denoise(starts, predict, priorities, wish.sampling, cancel, hooks)

    def _predictor(self, there: Place) -> Predict:
        def predict(ids: Ints, valid: Bools, share: Floats) -> Floats:
            segments = there.segments(ids, valid, share)
            return self.model.denoiser.denoise(segments, there.conditioning(len(ids))).logits

        return predict

    def _starts(self, predict: Predict, wish: Wish) -> list[list[int]]:
        """All-mask trajectories of the chosen lengths."""

        def measure(lengths: Sequence[int]) -> list[float]:
            return _measure(predict, lengths)

        return [[MASK] * min(length, wish.sampling.budget) for length in wish.lengths(measure, wish.trajectories)]

    def _skeletons(self, wish: Wish) -> list[list[int]]:
        """Search's skeletons as tokens and masks, as many as there are trajectories for."""
        found = (skeleton(text, self.model.tokenizer) for text in wish.skeletons())
        return [ids for ids in found if MASK in ids and len(ids) <= wish.sampling.budget][: wish.trajectories]

    def _type_tokens(self, expected: str | None) -> list[int]:
        """Tokens of σ as text; none when it is unknown or too long to be told."""
        if expected is None:
            return []
        ids = skeleton(expected, self.model.tokenizer)
        return ids if len(ids) < self.model.denoiser.serving.type_slots else []

    def _watcher(self, document: DocumentSnapshot, where: Bounds, tokens: Tokens, on_progress: OnProgress) -> Callable[[Step], None]:
        def watch(step: Step) -> None:
            best = max(step.trajectories, key=lambda t: sum(t.confidence) / max(1, len(t.ids)))
            text = self.model.tokenizer.text(best.ids, where.base, where.unit).replace("[M]", SUBHOLE)
            share = len(best.open) / max(1, len(best.ids))
            on_progress(Progress(where.hole, document.version, step.number, share, text, tuple(best.confidence)))

        return watch


def _measure(predict: Predict, lengths: Sequence[int]) -> list[float]:
    """Φ of all-masked trajectories of these lengths, one pass."""
    ids = np.full((len(lengths), max(lengths)), MASK, np.int64)
    valid = np.arange(max(lengths)) < np.array(lengths)[:, None]
    logits = predict(np.where(valid, ids, PAD), valid, np.ones(len(lengths), np.float32))
    return [first_step_confidence(row[:length]) for row, length in zip(logits, lengths, strict=True)]
