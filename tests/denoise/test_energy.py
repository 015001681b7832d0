"""Sequence energy from warm carries is that of a direct reading of the whole document, and orders what it should."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from astral_native import Snapshot
from astral_runtime.backends.onnx import Model
from astral_runtime.backends.protocol import BACKWARD, FORWARD, Ints
from astral_runtime.context.state import ContextState
from astral_runtime.context.tokens import Tokens
from astral_runtime.denoise.energy import BROKEN, NEIGHBOURS, TYPICAL, energies
from astral_runtime.fill import Cancelled, CancelToken

SOURCE = Path(__file__).resolve().parents[2] / "runtime" / "astral_runtime" / "denoise" / "energy.py"
TEXT = SOURCE.read_text(encoding="utf-8")
HOLE = "states[real]"


def version(model: Model, fill: str) -> Tokens:
    """The document with its hole filled."""
    return model.tokenizer.tokens(Snapshot(TEXT.replace(HOLE, fill)))


def located(tokens: Tokens, fill: str) -> tuple[int, int]:
    """The fill's tokens."""
    start = len(TEXT[: TEXT.index(HOLE)].encode())
    return tokens.at(start, start + len(fill.encode()))


def nats(model: Model, columns: Ints, direction: int, first: int, last: int) -> float:
    """−log p of the tokens [first, last) in reading order, by one pass over everything in front of them."""
    read = columns[:, None, :last]
    states = model.denoiser.encode(read, direction, model.denoiser.start(1)).states[0]
    return -float(model.denoiser.log_probs(states[first - 1 : last - 1], columns[0, first:last]).sum())


def direct(model: Model, filled: Tokens, hole: tuple[int, int]) -> float:
    """E by definition, from the start and from the end of the whole document."""
    columns, length, (first, last) = filled.columns(), len(filled), hole
    ahead = nats(model, columns, FORWARD, first, min(length, last + NEIGHBOURS))
    behind = nats(model, columns[:, ::-1], BACKWARD, length - last, length - max(0, first - NEIGHBOURS))
    return ahead + behind - TYPICAL * (last - first)


FILLS = ["states[real]", "x", "states", "first(second, third[4]) + 'text'", "[state for state in states if real]"]


def test_energy_is_that_of_a_direct_reading(model: Model) -> None:
    """Every candidate of a batch, long and short, to a thousandth of a nat a token."""
    filled = [version(model, fill) for fill in FILLS]
    tokens = version(model, "...")
    found = energies(model.denoiser, ContextState(model.denoiser), tokens, located(tokens, "..."), filled, CancelToken())
    for energy, fill, candidate in zip(found, FILLS, filled, strict=True):
        hole = located(candidate, fill)
        size = hole[1] - hole[0] + 2 * NEIGHBOURS
        assert energy == pytest.approx(direct(model, candidate, hole), abs=1e-3 * size)
    assert len({round(energy, 2) for energy in found}) == len(FILLS)


def test_energy_does_not_depend_on_the_batch(model: Model) -> None:
    """Alone, or among more candidates than fit a batch."""
    tokens = version(model, "...")
    hole = located(tokens, "...")
    filled = [version(model, fill) for fill in FILLS]
    state = ContextState(model.denoiser)
    alone = [energies(model.denoiser, state, tokens, hole, [candidate], CancelToken())[0] for candidate in filled]
    assert np.allclose(alone, energies(model.denoiser, state, tokens, hole, filled, CancelToken()), atol=1e-2)
    many = energies(model.denoiser, state, tokens, hole, filled * 8, CancelToken())
    assert np.allclose(many, alone * 8, atol=1e-2)


def test_a_candidate_that_continues_a_word_is_compared_from_that_word_on(model: Model) -> None:
    """`sta▢` filled with `tes`: tokens left of the hole change, so for all candidates the region begins before them."""
    text = "def f(states):\n    return sta\n"
    tokens = model.tokenizer.tokens(Snapshot(text))
    hole = tokens.at(len(text) - 1, len(text) - 1)
    filled = [model.tokenizer.tokens(Snapshot(text[:-1] + fill + "\n")) for fill in ("tes", "r")]
    found = energies(model.denoiser, ContextState(model.denoiser), tokens, hole, filled, CancelToken())
    for energy, candidate in zip(found, filled, strict=True):
        changed = next(i for i, (a, b) in enumerate(zip(filled[0].ids, tokens.ids, strict=False)) if a != b)
        behind = len(candidate) - (len(tokens) - hole[1])
        assert energy == pytest.approx(direct(model, candidate, (changed, behind)), abs=0.1)


def test_a_candidate_that_breaks_what_follows_is_not_read(model: Model) -> None:
    """It has the worst energy, and those beside it have the energies that they have without it."""
    tokens, state = version(model, "..."), ContextState(model.denoiser)
    hole = located(tokens, "...")
    good, broken = [version(model, fill) for fill in FILLS], version(model, "'" * 3)
    found = energies(model.denoiser, state, tokens, hole, [good[0], broken, *good[1:]], CancelToken())
    read = state.tokens_read
    alone = energies(model.denoiser, state, tokens, hole, good, CancelToken())
    assert found[1] == BROKEN > max(alone)
    assert np.allclose([found[0], *found[2:]], alone, atol=1e-2)
    assert state.tokens_read - read < 200


def test_no_candidates_cost_nothing_and_a_cancelled_question_stops(model: Model) -> None:
    """An empty list asks the network for nothing."""
    tokens, stop = version(model, "..."), CancelToken()
    state = ContextState(model.denoiser)
    assert energies(model.denoiser, state, tokens, located(tokens, "..."), [], CancelToken()) == []
    assert state.tokens_read == 0
    stop.cancel()
    with pytest.raises(Cancelled):
        energies(model.denoiser, state, tokens, located(tokens, "..."), [version(model, "x")], stop)
