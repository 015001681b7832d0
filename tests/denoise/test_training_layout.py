"""Serving = training: a hole reaches the denoiser in the very arrays that the trainer would have made of it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from astral_models.corpus.spans import ANNOTATION, EXPRESSION, STATEMENTS
from astral_models.train import batches
from astral_models.train.corruption import Corrupted
from astral_native import Snapshot
from astral_runtime.backends.onnx import Model
from astral_runtime.context.state import ContextState
from astral_runtime.context.vocabulary import MASK
from astral_runtime.denoise.bounds import bounds
from astral_runtime.denoise.place import place
from astral_runtime.fill import CancelToken
from astral_runtime.holes import Hole, Span

SOURCE = Path(__file__).resolve().parents[2] / "runtime" / "astral_runtime" / "denoise" / "draw.py"
TEXT = SOURCE.read_text(encoding="utf-8")

PLACES = [
    ("an expression", "expression", EXPRESSION, "logits - logits.max(-1, keepdims=True)", 0),
    ("an expression with its type", "expression", EXPRESSION, "np.zeros_like(logits)", 3),
    ("one token", "expression", EXPRESSION, "sharp", 0),
    ("a statement", "block", STATEMENTS, "shifted = logits - logits.max(-1, keepdims=True)", 0),
    ("an annotation", "type", ANNOTATION, "Floats", 0),
]


@pytest.mark.parametrize(("kind", "number", "text", "wanted"), [row[1:] for row in PLACES], ids=[row[0] for row in PLACES])
def test_a_hole_looks_as_it_did_in_training(model: Model, kind: str, number: int, text: str, wanted: int) -> None:
    """Tokens, kind, places, AST positions, validity and t agree, slot by slot."""
    start = len(TEXT[: TEXT.index(text)].encode())
    tokens = model.tokenizer.tokens(Snapshot(TEXT))
    where = bounds(tokens, Hole("h1", kind, Span(start, start + len(text.encode()))))  # type: ignore[arg-type]  # a table of literals
    columns, size = tokens.columns(), where.last - where.first
    expected = [60 + i for i in range(wanted)]

    out = batches._Slots.empty(1, 128)
    masked = Corrupted(np.full(size, MASK), np.zeros(size, np.int64), np.ones(size, np.float32))
    view = SimpleNamespace(ids=columns[0], ast=columns[1:], length=len(tokens))
    hole = batches.Hole(where.first, where.last, number)
    batches._place(out, 0, view, hole, masked, np.array(expected, np.int64))  # type: ignore[arg-type]  # the part of a window that it reads

    around = ContextState(model.denoiser).around(tokens, where.first, where.last, CancelToken())
    there = place(tokens, around, where.kind, expected, model.denoiser.serving)
    found = there.segments(np.full((1, size), MASK), np.ones((1, size), np.bool_), np.ones(1, np.float32))
    width = found.ids.shape[1]
    assert out.valid[0].sum() == width == found.valid[0].sum()
    for ours, theirs in ((found.ids, out.slots), (found.kind, out.kind), (found.from_start, out.from_start), (found.to_end, out.to_end)):
        assert ours[0].tolist() == theirs[0, :width].tolist()
    assert found.ast[:, 0].tolist() == out.ast[:, 0, :width].tolist()
    assert found.t[0] == out.t[0] == 1
