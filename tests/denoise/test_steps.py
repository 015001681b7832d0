"""The pieces of a step: schedule, rates, correctors, order, draws, lengths."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from astral_runtime.context.vocabulary import DELETE, EXPAND, MASK
from astral_runtime.denoise.corrector import DoubtRemask, EvenRemask, NoCorrector
from astral_runtime.denoise.draw import draw, filtered, log_softmax
from astral_runtime.denoise.length import FLAT, Baseline, climb, first_step_confidence, fit_baseline
from astral_runtime.denoise.order import IDENTIFIER, KEYWORD, OTHER, Chain, Open, Ranked, priority, roles
from astral_runtime.denoise.schedule import Schedule
from astral_runtime.denoise.trajectory import Trajectory
from astral_runtime.denoise.transition import rates, remask_by_confidence, remask_limit, reveal_probability

schedules = st.floats(0.2, 4).map(Schedule)


@st.composite
def spans(draw_from: st.DrawFn) -> tuple[float, float]:
    """Two times t > s."""
    t = draw_from(st.floats(0.02, 1.0))
    return t, draw_from(st.floats(0.0, t - 0.01))


@given(schedules, spans(), st.integers(0, 2**16))
def test_rates_are_rates(schedule: Schedule, times: tuple[float, float], seed: int) -> None:
    """u ≥ 0 and Σ_y u·h ≤ 1 (§2.1), and what is revealed never leaves."""
    chance, (t, s) = np.random.default_rng(seed), times
    p = chance.dirichlet(np.ones(7), size=5).astype(np.float32)
    masked = chance.random(5) < 0.5
    u = rates(p, masked, schedule, t, s)
    assert (u >= 0).all()
    assert ((u.sum(-1) * (t - s)) <= 1 + 1e-5).all()
    assert (u[~masked] == 0).all()


@given(schedules, st.integers(1, 40))
def test_the_path_keeps_its_marginals(schedule: Schedule, steps: int) -> None:
    """Step by step, the share of masked positions is κ_t: 1 at the start, 0 at the end."""
    times, share = schedule.times(steps), 1.0
    assert (times[0], times[-1], len(times)) == (1.0, 0.0, steps + 1)
    for t, s in itertools.pairwise(times):
        share *= 1 - schedule.leaving(t, s)
        assert share == pytest.approx(schedule.masked(s), abs=1e-9)


@given(spans(), st.floats(0, 1), schedules)
def test_an_even_corrector_keeps_the_marginals(times: tuple[float, float], part: float, schedule: Schedule) -> None:
    """κ_s = κ_t·(1 − reveal) + (1 − κ_t)·σ for every σ ≤ σ_max (ReMDM)."""
    t, s = times
    sigma = part * remask_limit(schedule, t, s)
    kappa = schedule.masked(t)
    found = kappa * (1 - reveal_probability(schedule, t, s, sigma)) + (1 - kappa) * sigma
    assert found == pytest.approx(schedule.masked(s), abs=1e-9)


def test_more_than_the_limit_breaks_the_marginals() -> None:
    """σ_max is a limit: past it the masked share cannot be made up for."""
    schedule, t, s = Schedule(), 0.9, 0.05
    sigma = remask_limit(schedule, t, s) * 1.5
    assert 0.9 * (1 - reveal_probability(schedule, t, s, sigma)) + 0.1 * sigma > s + 0.01


@given(schedules, spans())
def test_without_a_corrector_reveal_is_leaving(schedule: Schedule, times: tuple[float, float]) -> None:
    """Two ways to write one probability; h/t for the paper's schedule."""
    t, s = times
    assert reveal_probability(schedule, t, s, 0.0) == pytest.approx(schedule.leaving(t, s), abs=1e-9)
    assert Schedule().leaving(t, s) == pytest.approx((t - s) / t)


def test_doubt_is_masked_sooner() -> None:
    """Remasking falls on the least sure, adds up to the limit, never on what is open, and not at all in the last step."""
    sigma = remask_by_confidence(np.array([0.9, 0.1, 0.0], np.float32), np.array([True, True, False]), 0.6)
    assert sigma[1] > sigma[0] > sigma[2] == 0
    assert sigma.sum() == pytest.approx(0.6)
    revealed = np.array([True, False])
    for corrector, some in [(NoCorrector(), False), (EvenRemask(0.5), True), (DoubtRemask(0.5), True)]:
        assert bool(corrector.remask(np.ones(2, np.float32), revealed, Schedule(), 0.6, 0.4)[0] > 0) == some
        assert not corrector.remask(np.ones(2, np.float32), revealed, Schedule(), 0.2, 0.0).any()
        assert corrector.remask(np.ones(2, np.float32), revealed, Schedule(), 0.6, 0.4)[1] == 0


ROLES = [
    ("<kw>return", KEYWORD),
    ("<kw>True", KEYWORD),
    ("<kw>(", OTHER),
    ("▁items", IDENTIFIER),
    ("ing", IDENTIFIER),
    ("▁12", OTHER),
    ("<NEWLINE>", OTHER),
]


@pytest.mark.parametrize(("name", "role"), ROLES)
def test_tokens_have_roles(name: str, role: int) -> None:
    """Keywords, identifiers, and everything else (§3.3)."""
    assert roles([name])[0] == role


def test_priorities_are_the_papers() -> None:
    """1.0, 0.8, and 0.5 falling to 0 with depth."""
    found = priority(np.array([KEYWORD, IDENTIFIER, OTHER, OTHER, OTHER], np.int8), np.array([9, 9, 0, 20, 400]), 40)
    assert found.tolist() == pytest.approx([1.0, 0.8, 0.5, 0.25, 0.0])


def slots(certainty: list[float], order: list[float] | None = None, drawn: list[float] | None = None) -> Open:
    """Open slots for the tables below."""
    n = len(certainty)
    columns = [certainty, order or [1.0] * n, drawn or [0.5] * n]
    return Open(*(np.array(column, np.float32) for column in columns), n)


CHOICES = [
    ("one by one, the surest first", Ranked(), slots([0.2, 0.9, 0.5]), 1.0, 2 / 3, [False, True, False]),
    ("priority outweighs certainty", Ranked(), slots([0.6, 0.7], [1.0, 0.5]), 1.0, 0.5, [True, False]),
    ("always at least one", Ranked(), slots([0.2, 0.1]), 0.5, 0.5, [True, False]),
    ("all in the last step", Ranked(), slots([0.2, 0.1, 0.0]), 0.5, 0.0, [True, True, True]),
    ("the sure ones beside the best", Ranked(0.8), slots([0.9, 0.85, 0.1], [0.5, 0.5, 1.0]), 1.0, 0.9, [True, True, False]),
    ("none is sure", Ranked(0.95), slots([0.9, 0.85, 0.1]), 1.0, 2 / 3, [True, False, False]),
    ("the chain leaves by chance", Chain(), slots([0.1, 0.9], drawn=[0.1, 0.7]), 1.0, 0.5, [True, False]),
    ("the chain may stay", Chain(), slots([0.1, 0.9], drawn=[0.6, 0.7]), 1.0, 0.5, [False, False]),
    ("the chain ends", Chain(), slots([0.1, 0.9], drawn=[0.99, 0.7]), 0.1, 0.0, [True, True]),
]


@pytest.mark.parametrize(("commit", "open_slots", "t", "s", "chosen"), [row[1:] for row in CHOICES], ids=[row[0] for row in CHOICES])
def test_what_is_committed(commit: Ranked | Chain, open_slots: Open, t: float, s: float, chosen: list[bool]) -> None:
    """By rank or by chance, as many as the schedule says."""
    assert commit.choose(open_slots, Schedule(), t, s, 0.0).tolist() == chosen


LOGITS = np.log(np.array([[0.5, 0.3, 0.15, 0.05]], np.float32))
FILTERS = [
    ("as it is", 1.0, 1.0, [0.5, 0.3, 0.15, 0.05]),
    ("greedy", 0.0, 1.0, [1, 0, 0, 0]),
    ("less than half", 1.0, 0.45, [1, 0, 0, 0]),
    ("a little more than half", 1.0, 0.51, [0.625, 0.375, 0, 0]),
    ("nearly all", 1.0, 0.94, [0.5 / 0.95, 0.3 / 0.95, 0.15 / 0.95, 0]),
    ("sharper", 0.5, 1.0, [0.25 / 0.365, 0.09 / 0.365, 0.0225 / 0.365, 0.0025 / 0.365]),
]


@pytest.mark.parametrize(("temperature", "top_p", "expected"), [row[1:] for row in FILTERS], ids=[row[0] for row in FILTERS])
def test_what_is_drawn_from(temperature: float, top_p: float, expected: list[float]) -> None:
    """Temperature sharpens, top-p cuts the tail, the rest is a distribution."""
    found = filtered(LOGITS, temperature, top_p)
    assert found[0].tolist() == pytest.approx(expected, abs=1e-5)


@given(st.integers(0, 2**16), st.floats(0.1, 3), st.floats(0.05, 1.0))
def test_a_filter_is_a_distribution_and_never_revives_the_impossible(seed: int, temperature: float, top_p: float) -> None:
    """Sums to one; −inf stays 0; a draw is a token of positive probability."""
    chance = np.random.default_rng(seed)
    logits = chance.standard_normal((4, 100)).astype(np.float32) * 3
    logits[chance.random((4, 100)) < 0.5] = -np.inf
    logits[:, 7] = 0.0
    p = filtered(logits, temperature, top_p)
    assert np.allclose(p.sum(-1), 1, atol=1e-4)
    assert (p[np.isneginf(logits)] == 0).all()
    tokens = draw(p, chance.random(4).astype(np.float32))
    assert (p[np.arange(4), tokens] > 0).all()
    assert np.allclose(np.exp(log_softmax(logits)).sum(-1), 1, atol=1e-4)


def test_draws_have_the_distribution() -> None:
    """Inverting at evenly spaced points counts every token in proportion."""
    p = np.array([0.5, 0.0, 0.3, 0.2], np.float32)
    points = (np.arange(1000) + 0.5).astype(np.float32) / 1000
    tokens = draw(np.repeat(p[None], 1000, 0), points)
    assert np.bincount(tokens, minlength=4).tolist() == [500, 0, 300, 200]


A, B = 20, 21
RESIZED = [
    ("nothing", [A, MASK, B], [A, MASK, B]),
    ("one more slot", [A, EXPAND, B], [A, MASK, MASK, B]),
    ("one slot fewer", [A, DELETE, B], [A, B]),
    ("with the masks behind it", [A, DELETE, MASK, MASK, B, MASK], [A, B, MASK]),
    ("not the masks before it", [MASK, DELETE, B], [MASK, B]),
    ("both", [EXPAND, DELETE, MASK], [MASK, MASK]),
    ("deletes in a row", [A, DELETE, MASK, DELETE, MASK], [A]),
]


@pytest.mark.parametrize(("ids", "expected"), [row[1:] for row in RESIZED], ids=[row[0] for row in RESIZED])
def test_slots_come_and_go(ids: list[int], expected: list[int]) -> None:
    """[EXPAND] → two masks; [DELETE] drops the slot and the masks directly behind it (DreamOn); columns stay of one length."""
    trajectory = Trajectory.start(ids)
    trajectory.resize()
    assert trajectory.ids == expected
    assert len(trajectory.fixed) == len(trajectory.confidence) == len(expected)


def test_cal_finds_the_length_whose_confidence_stands_out() -> None:
    """A bump over a falling baseline is found once the baseline is divided out, and not before."""
    true = Baseline(0.5, 0.4, 0.3, 0.02, 0.1)

    def phi(lengths: object) -> list[float]:
        return [true.at(length) * (1 + 0.4 * np.exp(-(((length - 13) / 3) ** 2))) for length in lengths]  # type: ignore[attr-defined]  # a sequence

    assert climb(phi, true)[0] == 13
    assert climb(phi, FLAT)[0] < 6
    assert climb(phi, true, start=40, longest=20)[0] <= 20
    assert all(1 <= length <= 9 for length in climb(phi, true, longest=9))


def test_the_baseline_is_fitted() -> None:
    """Two exponentials and a constant are recovered to within a percent; two lengths are too few."""
    true = Baseline(0.5, 0.4, 0.3, 0.02, 0.1)
    lengths = list(range(1, 64))
    found = fit_baseline(lengths, [true.at(length) for length in lengths])
    assert all(found.at(length) == pytest.approx(true.at(length), rel=0.01) for length in lengths)
    with pytest.raises(ValueError, match="three lengths"):
        fit_baseline([1, 2], [0.5, 0.4])


def test_first_step_confidence_is_the_mean_of_the_largest() -> None:
    """Φ of two slots."""
    assert first_step_confidence(np.log(np.array([[0.7, 0.3], [0.5, 0.5]], np.float32))) == pytest.approx(0.6)
