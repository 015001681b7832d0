"""The walk against a chain whose distribution is known, and every option with what it lets through and what it stops."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from markov import FIRST, PRIORITIES, VOCAB, blind, distance, predict

from astral_runtime.backends.protocol import Bools, Floats, Ints
from astral_runtime.context.vocabulary import DELETE, EXPAND, MASK, PAD
from astral_runtime.denoise.corrector import Corrector, DoubtRemask, EvenRemask, NoCorrector
from astral_runtime.denoise.order import Chain, Commit, Ranked
from astral_runtime.denoise.sampler import NEVER, Hooks, Predict, Sampling, Step, denoise
from astral_runtime.denoise.schedule import Schedule
from astral_runtime.fill import Cancelled, CancelToken

LENGTH = 3
SAMPLES = 1000
NOISE = 0.1
"""Total variation of 1,000 exact samples from the chain of length 3 is about 0.05."""

FAITHFUL: list[tuple[str, Commit, int, Corrector, float]] = [
    ("the chain, fine steps", Chain(), 24, NoCorrector(), 1.0),
    ("the chain, another schedule", Chain(), 24, NoCorrector(), 2.0),
    ("one slot a step, best first", Ranked(), LENGTH, NoCorrector(), 1.0),
    ("the chain with an even corrector", Chain(), 24, EvenRemask(0.05), 1.0),
]


@pytest.mark.parametrize(("commit", "steps", "corrector", "power"), [row[1:] for row in FAITHFUL], ids=[row[0] for row in FAITHFUL])
def test_samples_have_the_distribution_of_the_denoiser(commit: Commit, steps: int, corrector: Corrector, power: float) -> None:
    """From exact conditionals the walk draws from the exact joint distribution."""
    sampling = Sampling(steps, (1.0,), 1.0, Schedule(power), commit, corrector, resizes=False, seed=11)
    found = denoise([[MASK] * LENGTH] * SAMPLES, predict, PRIORITIES, sampling, CancelToken())
    assert distance([trajectory.ids for trajectory in found], LENGTH) < NOISE


UNFAITHFUL = [
    ("all slots in one step", predict, 1, 1.0),
    ("a denoiser that looks at nothing", blind, 10, 1.0),
    ("a low temperature", predict, 10, 0.3),
]


@pytest.mark.parametrize(("denoiser", "steps", "temperature"), [row[1:] for row in UNFAITHFUL], ids=[row[0] for row in UNFAITHFUL])
def test_what_should_change_the_distribution_does(denoiser: Predict, steps: int, temperature: float) -> None:
    """The distance above can fail: independent slots and sharpened tokens are far from the chain."""
    sampling = Sampling(steps, (temperature,), 1.0, commit=Chain(), resizes=False, seed=11)
    found = denoise([[MASK] * LENGTH] * SAMPLES, denoiser, PRIORITIES, sampling, CancelToken())
    assert distance([trajectory.ids for trajectory in found], LENGTH) > 2 * NOISE


def walk(starts: list[list[int]], **options: object) -> list[list[int]]:
    """Ids of the finished trajectories of a short walk."""
    sampling = Sampling(**{"steps": 6, "temperatures": (1.0,), "top_p": 1.0, "resizes": False, **options})  # type: ignore[arg-type]  # a table
    return [trajectory.ids for trajectory in denoise(starts, predict, PRIORITIES, sampling, CancelToken())]


def test_a_seed_is_a_fill() -> None:
    """The same seed gives the same fills, another seed others."""
    starts = [[MASK] * 6] * 8
    assert walk(starts, seed=3) == walk(starts, seed=3)
    assert walk(starts, seed=3) != walk(starts, seed=4)


def test_a_trajectory_does_not_depend_on_its_neighbours() -> None:
    """Alone or in a batch with longer ones, the first trajectory is the same."""
    assert walk([[MASK] * 4], seed=5)[0] == walk([[MASK] * 4, [MASK] * 9, [MASK]], seed=5)[0]


@pytest.mark.parametrize("corrector", [NoCorrector(), EvenRemask(1.0), DoubtRemask(1.0)])
def test_what_was_given_stays(corrector: Corrector) -> None:
    """Tokens of a partly denoised start are never changed, and condition what is filled."""
    start = [MASK, FIRST + 1, MASK, FIRST + 2, MASK]
    for found in walk([start] * 40, corrector=corrector, commit=Chain(), steps=12):
        assert [found[1], found[3]] == [FIRST + 1, FIRST + 2]
        assert found[4] != FIRST + 1, "a letter that cannot follow"
        assert MASK not in found


def test_a_corrector_masks_again_and_none_does_not() -> None:
    """Under the even corrector some walk goes back on a commit; without one the masked share only falls."""

    def went_back(corrector: Corrector) -> bool:
        shares: list[int] = []
        sampling = Sampling(20, (1.0,), 1.0, commit=Chain(), corrector=corrector, resizes=False)

        def watch(step: Step) -> None:
            shares.append(sum(len(trajectory.open) for trajectory in step.trajectories))

        denoise([[MASK] * 8] * 4, predict, PRIORITIES, sampling, CancelToken(), Hooks(on_step=watch))
        return any(later > earlier for earlier, later in itertools.pairwise(shares))

    assert went_back(EvenRemask(1.0))
    assert not went_back(NoCorrector())


def test_temperature_zero_is_greedy() -> None:
    """Every walk is the same, whatever the seed, and takes the likeliest letters."""
    found = walk([[MASK] * 5] * 5, temperatures=(0.0,), seed=9)
    assert found == walk([[MASK] * 5] * 5, temperatures=(0.0,), seed=10)
    assert all(ids == found[0] for ids in found)


def test_temperatures_go_round() -> None:
    """The i-th trajectory walks at the i-th temperature, cyclically."""
    greedy = walk([[MASK] * 5], temperatures=(0.0,))[0]
    found = walk([[MASK] * 5] * 12, temperatures=(0.0, 5.0))
    assert all(ids == greedy for ids in found[::2])
    assert any(ids != greedy for ids in found[1::2])


def steps_of(sure: float, steps: int) -> int:
    """How many steps the sharp denoiser below takes."""

    def sharp(ids: Ints, valid: Bools, share: Floats) -> Floats:
        logits = np.zeros((*ids.shape, VOCAB), np.float32)
        logits[..., FIRST] = 9.0
        return logits

    sampling = Sampling(steps, (0.0,), commit=Ranked(sure), resizes=False)
    return denoise([[MASK] * 10], sharp, PRIORITIES, sampling, CancelToken())[0].steps


def test_sure_slots_are_committed_together() -> None:
    """Above the confidence threshold everything goes at once (Fast-dLLM); without it, as the schedule says."""
    assert steps_of(0.9, 10) == 1
    assert steps_of(1.0, 10) == 10


LATE: list[tuple[str, list[list[int]], list[int]]] = [
    ("none", [], [4, 4, 4]),
    ("one, shorter", [[MASK, FIRST]], [4, 4, 2]),
    ("as many as there are", [[MASK, FIRST], [MASK] * 5, [FIRST + 1, MASK, MASK]], [2, 5, 3]),
    ("more than there are", [[MASK] * 9, [MASK, FIRST], [MASK] * 5, [FIRST + 1, MASK, MASK]], [2, 5, 3]),
]


@pytest.mark.parametrize(("late", "lengths"), [row[1:] for row in LATE], ids=[row[0] for row in LATE])
def test_late_starts_take_the_place_of_the_last(late: list[list[int]], lengths: list[int]) -> None:
    """They are asked for once, when the first step has been shown; what they fix stays, and everything is filled in the end."""
    seen: list[str] = []

    def ask() -> list[list[int]]:
        seen.append("asked")
        return late

    hooks = Hooks(on_step=lambda step: seen.append(str(step.number)), late=ask)
    found = denoise([[MASK] * 4] * 3, predict, PRIORITIES, Sampling(6, (1.0,), resizes=False), CancelToken(), hooks)
    assert seen[:3] == ["1", "asked", "2"]
    assert seen.count("asked") == 1
    assert [len(trajectory.ids) for trajectory in found] == lengths
    assert all(MASK not in trajectory.ids for trajectory in found)
    for trajectory, start in zip(reversed(found), reversed(late), strict=False):
        assert all(given in (MASK, token) for given, token in zip(start, trajectory.ids, strict=True))


class Letters:
    """A guide that lets these letters through, and no two equal ones side by side when `apart`."""

    def __init__(self, allowed: set[int], apart: bool, ids: Sequence[int]) -> None:
        self.letters, self.apart, self.ids = {FIRST + letter for letter in allowed}, apart, list(ids)

    def alive(self) -> bool:
        """Always: a slot for which nothing is left tells by its mask."""
        return True

    def allowed(self, slots: Sequence[int]) -> Bools:
        """What no neighbour holds."""
        may = np.zeros((len(slots), VOCAB), np.bool_)
        for row, slot in enumerate(slots):
            beside = {*self.ids[max(0, slot - 1) : slot], *self.ids[slot + 1 : slot + 2]} if self.apart else set()
            may[row, list(self.letters - beside)] = True
        return may

    def propose(self, slot: int, token: int) -> bool:
        """Takes it if it is still allowed."""
        agreed = bool(self.allowed([slot])[0, token])
        if agreed:
            self.ids[slot] = token
        return agreed


@dataclass(frozen=True)
class LetterMask:
    """A hard mask that lets these letters through, however a trajectory may still grow."""

    letters: frozenset[int]
    apart: bool

    def growing(self, ids: Sequence[int]) -> Letters:
        """The same as for fixed slots."""
        return self.fixed(ids)

    def fixed(self, ids: Sequence[int]) -> Letters:
        """A guide of these slots."""
        return Letters(set(self.letters), self.apart, ids)


def with_letters(allowed: set[int], apart: bool = False) -> Hooks:
    """Hooks whose hard mask lets these letters through."""
    return Hooks(LetterMask(frozenset(allowed), apart))


class AtLeast(Letters):
    """A guide by which a fill needs so many slots."""

    def __init__(self, slots: int, ids: Sequence[int]) -> None:
        super().__init__({0, 1}, False, ids)
        self.slots = slots

    def alive(self) -> bool:
        """Whether there are enough."""
        return len(self.ids) >= self.slots


@dataclass(frozen=True)
class NeedsSlots:
    """A hard mask that counts slots once they are fixed."""

    slots: int

    def growing(self, ids: Sequence[int]) -> Letters:
        """Anything may still become long enough."""
        return Letters({0, 1}, False, ids)

    def fixed(self, ids: Sequence[int]) -> AtLeast:
        """Only what is long enough can be finished."""
        return AtLeast(self.slots, ids)


@pytest.mark.parametrize(("start", "needed", "budget", "found"), [(2, 6, 96, 6), (6, 6, 96, 6), (8, 6, 96, 8), (2, 50, 7, 7)])
def test_too_few_slots_become_enough(start: int, needed: int, budget: int, found: int) -> None:
    """When growing ends, a trajectory that cannot be finished with its slots gets more, one by one, up to the budget."""
    sampling = Sampling(6, (1.0,), budget=budget, growing=0)
    [walked] = denoise([[MASK] * start], predict, PRIORITIES, sampling, CancelToken(), Hooks(NeedsSlots(needed)))
    assert len(walked.ids) == found


def test_the_hard_mask_is_hard() -> None:
    """Only admitted tokens are committed; where none is left, the trajectory is stuck and says so, and the others go on."""
    sampling = Sampling(6, (1.0,), commit=Chain(), resizes=False)
    found = denoise([[MASK] * 4] * 20, predict, PRIORITIES, sampling, CancelToken(), with_letters({0, 1}))
    assert all(set(t.ids) <= {FIRST, FIRST + 1} for t in found if not t.stuck)
    assert any(not t.stuck for t in found)
    none = denoise([[MASK] * 4, [FIRST, FIRST + 1]], predict, PRIORITIES, sampling, CancelToken(), with_letters(set()))
    assert [(t.stuck, bool(t.why)) for t in none] == [(True, True), (False, False)]


def test_commits_of_one_step_go_together() -> None:
    """What is committed in the same step is asked of the guide one after the other: masks of single slots would not exclude pairs."""
    sampling = Sampling(2, (1.0,), 1.0, commit=Chain(), resizes=False)
    for found in denoise([[MASK] * 6] * 40, predict, PRIORITIES, sampling, CancelToken(), with_letters({0, 1, 2}, apart=True)):
        assert all(a != b for a, b in itertools.pairwise(found.ids) if MASK not in (a, b))


def wanting(length: int) -> Predict:
    """A denoiser that wants `length` slots: [EXPAND] everywhere while there are fewer, [DELETE] in those that are too many."""

    def wants(ids: Ints, valid: Bools, share: Floats) -> Floats:
        logits = np.maximum(predict(ids, valid, share), -40.0)
        for row, size in enumerate(valid.sum(1)):
            masked = np.flatnonzero(ids[row] == MASK)
            if size < length:
                logits[row, masked, EXPAND] = 20.0
            logits[row, masked[masked >= length], DELETE] = 20.0
        return logits

    return wants


LENGTHS = [
    ("grows to what it wants", 2, 5, 96, True, {5, 6, 7, 8, 9}),
    ("grows no further than the budget", 2, 50, 7, True, {7}),
    ("does not grow when it may not", 2, 5, 96, False, {2}),
    ("shrinks to what it wants", 9, 4, 96, True, {4}),
    ("does not shrink when it may not", 9, 4, 96, False, {9}),
]


@pytest.mark.parametrize(("start", "wanted", "budget", "resizes", "ends"), [row[1:] for row in LENGTHS], ids=[row[0] for row in LENGTHS])
def test_lengths_follow_expand_and_delete(start: int, wanted: int, budget: int, resizes: bool, ends: set[int]) -> None:
    """[EXPAND] gives two slots for one, [DELETE] takes one away, both only where they are allowed (DreamOn)."""
    sampling = Sampling(4, (0.0,), commit=Ranked(), resizes=resizes, budget=budget)
    starts = [[MASK] * start] * 3
    for trajectory in denoise(starts, wanting(wanted), PRIORITIES, sampling, CancelToken()):
        assert len(trajectory.ids) in ends
        assert not set(trajectory.ids) & {EXPAND, DELETE, MASK, PAD}


def test_what_is_late_asks_for_no_more_slots() -> None:
    """A denoiser that never has enough is done one step after the last."""
    sampling = Sampling(4, (0.0,), commit=Ranked(), budget=96)
    for trajectory in denoise([[MASK] * 2] * 3, wanting(90), PRIORITIES, sampling, CancelToken()):
        assert MASK not in trajectory.ids
        assert trajectory.steps <= 5


def test_marks_are_never_committed() -> None:
    """However much the denoiser wants them."""

    def marks(ids: Ints, valid: Bools, share: Floats) -> Floats:
        logits = np.zeros((*ids.shape, VOCAB), np.float32)
        logits[..., list(NEVER)] = 50.0
        return logits

    sampling = Sampling(3, (1.0,), 1.0, commit=Chain(), resizes=False)
    for trajectory in denoise([[MASK] * 6] * 10, marks, PRIORITIES, sampling, CancelToken()):
        assert not set(trajectory.ids) & set(NEVER)


def test_a_cancelled_walk_stops_at_the_next_step() -> None:
    """Cancelled is raised before another step is made."""
    cancel, seen = CancelToken(), []

    def stop(step: Step) -> None:
        seen.append(step.number)
        if step.number == 2:
            cancel.cancel()

    with pytest.raises(Cancelled):
        denoise([[MASK] * 9], predict, PRIORITIES, Sampling(9, (0.0,), resizes=False), cancel, Hooks(on_step=stop))
    assert seen == [1, 2]


class Leaving(CancelToken):
    """A token whose time is told from a list, a value for each time that it is asked; the last one stays."""

    def __init__(self, left_ms: list[float]) -> None:
        super().__init__()
        self._left = left_ms

    @property
    def left_ms(self) -> float:
        """What the list says next."""
        return self._left.pop(0) if len(self._left) > 1 else self._left[0]


def test_a_walk_that_runs_out_of_time_reveals_everything() -> None:
    """Where the time left is shorter than a few steps, the next step is the last one, and the trajectory is whole."""
    sampling = Sampling(20, (0.0,), resizes=False)
    (found,) = denoise([[MASK] * 9], predict, PRIORITIES, sampling, Leaving([1e-9]))
    assert found.steps == 2
    assert not found.stuck
    assert MASK not in found.ids


def test_what_is_whole_when_time_is_over_is_kept() -> None:
    """Time that is over ends the walk without an error: short trajectories are there, the others say why they are not."""
    sampling = Sampling(3, (0.0,), commit=Ranked(1.0), resizes=False)
    short, long = denoise([[FIRST, MASK], [MASK] * 9], predict, PRIORITIES, sampling, Leaving([1e9] * 4 + [0.0]))
    assert not short.stuck
    assert MASK not in short.ids
    assert long.stuck
    assert long.why == "there was no time to end it"


def test_steps_are_reported_until_all_is_filled() -> None:
    """Numbers rise by one; the masked share falls from below 1 to 0; probabilities of commits are told."""
    seen: list[tuple[int, float]] = []
    sampling = Sampling(5, (1.0,), resizes=False)
    hooks = Hooks(on_step=lambda step: seen.append((step.number, step.t)))
    found = denoise([[MASK] * 5] * 2, predict, PRIORITIES, sampling, CancelToken(), hooks)
    assert [number for number, _ in seen] == [1, 2, 3, 4, 5]
    assert [t for _, t in seen] == sorted((t for _, t in seen), reverse=True)
    assert seen[-1][1] == 0
    assert all(0 < share <= 1 for trajectory in found for share in trajectory.confidence)
    assert all(trajectory.log_prob == pytest.approx(np.log(trajectory.confidence).sum(), abs=1e-4) for trajectory in found)
