"""Warm encoder states: an edit invalidates only what it must, and warm equals cold."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from astral_native import Snapshot
from astral_runtime.backends.onnx import Model
from astral_runtime.backends.protocol import BACKWARD, FORWARD
from astral_runtime.context.checkpoints import Checkpoints
from astral_runtime.context.state import ContextState, Surroundings
from astral_runtime.context.tokens import Tokens
from astral_runtime.fill import Cancelled, CancelToken

RUNTIME = Path(__file__).resolve().parents[2] / "runtime" / "astral_runtime"
TEXT = "\n".join(path.read_text(encoding="utf-8") for path in sorted((RUNTIME / "denoise").glob("*.py")))[:9_000]
TOLERANCE = 1e-5
"""Largest difference of states, warm against cold: the same chunks are read from the same carries, so only the order of sums may differ."""
INSERTED = ["x", "\n", "    ", "foo(bar)", "\n    y = 1\n", '"', "(", "# note", "é", ""]


def close(a: Surroundings, b: Surroundings) -> bool:
    """Equal within the tolerance, carries and all."""
    pairs = [
        (a.left, b.left),
        (a.right, b.right),
        (a.keys, b.keys),
        *zip(a.forward, b.forward, strict=True),
        *zip(a.backward, b.backward, strict=True),
    ]
    return all(x.shape == y.shape and np.allclose(x, y, rtol=0, atol=TOLERANCE) for x, y in pairs)


def next_tokens(model: Model, around: Surroundings) -> tuple[int, ...]:
    """What the model thinks comes next on either side."""
    edges = np.stack([around.left, around.right])
    every = np.arange(model.denoiser.sizes.vocab)
    return tuple(int(model.denoiser.log_probs(np.repeat(edge[None], len(every), 0), every).argmax()) for edge in edges)


def check_random_edits(model: Model, count: int, seed: int) -> None:
    """`count` edits of one document, a question after each; every answer is a fresh state's answer."""
    chance, text, cancel = random.Random(seed), TEXT, CancelToken()
    warm, before = ContextState(model.denoiser, 2 << 20), None
    for _ in range(count):
        start = chance.randrange(len(text))
        text = text[:start] + chance.choice(INSERTED) + text[start + chance.choice([0, 0, 1, 30]) :]
        before = tokens = model.tokenizer.tokens(Snapshot(text), before)
        first = chance.randrange(1, len(tokens))
        last = min(len(tokens) - 1, first + chance.choice([0, 1, 5, 40]))
        found = warm.around(tokens, first, last, cancel)
        fresh = ContextState(model.denoiser).around(model.tokenizer.tokens(Snapshot(text)), first, last, cancel)
        assert close(found, fresh)
        assert next_tokens(model, found) == next_tokens(model, fresh)


def test_warm_equals_cold(model: Model) -> None:
    """Fifty random edits."""
    check_random_edits(model, 50, seed=1)


@pytest.mark.long
def test_warm_equals_cold_for_long(model: Model) -> None:
    """A thousand random edits."""
    check_random_edits(model, 1000, seed=2)


def test_chunks_do_not_show(model: Model) -> None:
    """Boundary states and carries are those of one pass over the whole text, token by token boundaries included."""
    tokens, sizes = model.tokenizer.tokens(Snapshot(TEXT[:6000])), model.denoiser.sizes
    columns = tokens.columns()
    for first, last in [(1, 1), (sizes.chunk, sizes.chunk + 3), (300, 301), (len(tokens) - 1, len(tokens) - 1)]:
        around = ContextState(model.denoiser).around(tokens, first, last, CancelToken())
        left = model.denoiser.encode(columns[:, None, :first], FORWARD, model.denoiser.start(1))
        right = model.denoiser.encode(columns[:, None, last:][:, :, ::-1], BACKWARD, model.denoiser.start(1))
        assert np.allclose(around.left, left.states[0, -1], atol=1e-4)
        assert np.allclose(around.right, right.states[0, -1], atol=1e-4)
        assert np.allclose(around.forward.ssm, left.carry.ssm, atol=1e-4)
        assert np.allclose(around.backward.conv, right.carry.conv, atol=1e-4)


def test_the_hole_is_never_seen(model: Model) -> None:
    """Whatever stands in the hole, its surroundings are the same."""
    tokens = model.tokenizer.tokens(Snapshot(TEXT[:4000]))
    first, last = 200, 210
    ids = tokens.ids.copy()
    ids[first:last] = 50
    other = Tokens(tokens.lexed, ids, *(getattr(tokens, name) for name in ("lexeme", "start", "end", "node", "depth", "sibling", "scope")))
    one, two = (ContextState(model.denoiser).around(version, first, last, CancelToken()) for version in (tokens, other))
    assert close(one, two)


def test_an_edit_in_the_hole_reads_two_chunks_at_most(model: Model) -> None:
    """Asking again after a change between the same neighbours costs less than a chunk in either direction."""
    state, chunk = ContextState(model.denoiser), model.denoiser.sizes.chunk
    tokens = model.tokenizer.tokens(Snapshot(TEXT))
    first, last = tokens.at(len(TEXT) // 2, len(TEXT) // 2 + 20)
    state.around(tokens, first, last, CancelToken())
    cold = state.tokens_read
    ids = tokens.ids.copy()
    ids[first] = 77
    changed = Tokens(
        tokens.lexed, ids, *(getattr(tokens, name) for name in ("lexeme", "start", "end", "node", "depth", "sibling", "scope"))
    )
    state.around(changed, first, last, CancelToken())
    assert state.tokens_read - cold < 2 * chunk
    assert cold >= len(tokens) - (last - first)


def test_an_edit_far_behind_keeps_what_is_in_front(model: Model) -> None:
    """Forward states before an edit and backward states behind it are not read again."""
    state, chunk = ContextState(model.denoiser), model.denoiser.sizes.chunk
    tokens = model.tokenizer.tokens(Snapshot(TEXT))
    hole = len(tokens) // 2
    state.around(tokens, hole, hole + 1, CancelToken())
    read = state.tokens_read
    longer = model.tokenizer.tokens(Snapshot(TEXT + "\nlast = 1\n"), tokens)
    state.around(longer, hole, hole + 1, CancelToken())
    assert state.tokens_read - read <= len(longer) - hole + chunk


def test_memory_is_bounded(model: Model) -> None:
    """However long the document and wherever the questions, no more than was allowed is kept."""
    limit = 1_000_000
    state = ContextState(model.denoiser, limit)
    tokens = model.tokenizer.tokens(Snapshot(TEXT * 4))
    chance = random.Random(3)
    for _ in range(12):
        first = chance.randrange(1, len(tokens))
        state.around(tokens, first, first, CancelToken())
        assert state.nbytes <= limit


def test_a_cancelled_question_keeps_what_it_read(model: Model) -> None:
    """Cancelled is raised; the next question goes on from there."""
    state, stop = ContextState(model.denoiser), CancelToken()
    tokens = model.tokenizer.tokens(Snapshot(TEXT))
    stop.cancel()
    with pytest.raises(Cancelled):
        state.around(tokens, len(tokens) - 2, len(tokens) - 2, stop)
    fresh = ContextState(model.denoiser).around(tokens, 900, 901, CancelToken())
    assert close(state.around(tokens, 900, 901, CancelToken()), fresh)


def test_checkpoints_are_dense_near_the_focus_and_sparse_far_from_it(model: Model) -> None:
    """After a long read the gaps grow with the distance from the end; nearest never answers with a later one."""
    kept = Checkpoints(12)
    for chunk in range(1, 201):
        kept.keep(chunk, model.denoiser.start(1), focus=200)
    assert len(kept) == 12
    assert [kept.nearest(chunk)[0] for chunk in (200, 199, 198)] == [200, 199, 198]
    found = [kept.nearest(chunk)[0] for chunk in range(1, 201)]
    assert all(at <= chunk for chunk, at in enumerate(found, 1))
    assert 0 < min(at for at in found if at) < 120
    kept.drop_after(150)
    assert kept.nearest(200)[0] <= 150
