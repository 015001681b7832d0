"""What the warm state is worth: a keystroke against a cold encode, long files against short ones, and that edits leave no trace."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from model_cases import files

from astral_native import Snapshot
from astral_runtime.backends.onnx import Model
from astral_runtime.context.state import ContextState, Surroundings
from astral_runtime.context.tokens import Tokens
from astral_runtime.fill import CancelToken

TOLERANCE = 1e-5
INSERTED = ("x", "\n", "    ", "foo(bar)", "\n    y = 1\n", '"', "(", "# note", "é", "")


def warm_figures(model: Model, root: Path, package: str, edits: int, repeats: int = 7) -> dict[str, Any]:
    """Processor milliseconds (what else runs on the machine does not count), shares, and how many of `edits` random edits agreed."""
    source = "\n".join(file.data.decode() for file in files(root, package))
    cold = {size: _median(3, lambda text: _encode(model, text), [_cut(model, source, size)]) for size in (8_000, 10_000, 64_000)}
    keystroke = _keystrokes(model, _cut(model, source, 10_000), repeats)
    return {
        "cold_8k_ms": cold[8_000],
        "cold_10k_ms": cold[10_000],
        "cold_64k_ms": cold[64_000],
        "64k against 8k": round(cold[64_000] / cold[8_000], 2),
        "keystroke_ms": keystroke,
        "keystroke share of a cold encode": round(keystroke / cold[10_000], 4),
        "random edits": edits,
        "edits that agree": sum(_agreements(model, _cut(model, source, 1_200), edits)),
    }


def _cut(model: Model, source: str, tokens: int) -> str:
    """As many whole lines as make about so many tokens; the source is repeated when it is too short."""
    while True:
        found = model.tokenizer.tokens(Snapshot(source))
        if len(found) > tokens:
            return source.encode()[: int(found.end[tokens])].decode().rsplit("\n", 1)[0] + "\n"
        source += source


def _encode(model: Model, text: str) -> Tokens:
    tokens = model.tokenizer.tokens(Snapshot(text))
    ContextState(model.denoiser).around(tokens, len(tokens) // 2, len(tokens) // 2, CancelToken())
    return tokens


def _median(repeats: int, work: Callable[[str], object], texts: list[str]) -> float:
    took = []
    for _ in range(repeats):
        for text in texts:
            begin = time.process_time()
            work(text)
            took.append((time.process_time() - begin) * 1000)
    return round(statistics.median(took), 2)


def _keystrokes(model: Model, text: str, repeats: int) -> float:
    """One character typed at the hole in the middle, again and again, and asked about: tokens, states, everything."""
    data, state = text, ContextState(model.denoiser)
    at = data.index("\n", len(data) // 2)
    tokens = model.tokenizer.tokens(Snapshot(data))
    state.around(tokens, *tokens.at(at, at), CancelToken())
    took = []
    for number in range(repeats):
        data = data[: at + number] + "x" + data[at + number :]
        snapshot = Snapshot(data)  # the server's document parses incrementally: that is measured elsewhere
        end = len(data[: at + number + 1].encode())
        begin = time.process_time()
        tokens = model.tokenizer.tokens(snapshot, tokens)
        state.around(tokens, *tokens.at(end, end), CancelToken())
        took.append((time.process_time() - begin) * 1000)
    return round(statistics.median(took), 2)


def _agreements(model: Model, text: str, edits: int) -> list[bool]:
    """Whether the warm state told what a fresh one tells, after each of `edits` random edits."""
    chance, warm, found = random.Random(4), ContextState(model.denoiser), list[bool]()
    before: Tokens | None = None
    for _ in range(edits):
        start = chance.randrange(len(text))
        text = text[:start] + chance.choice(INSERTED) + text[start + chance.choice([0, 0, 1, 30]) :]
        before = tokens = model.tokenizer.tokens(Snapshot(text), before)
        first = chance.randrange(1, len(tokens))
        last = min(len(tokens) - 1, first + chance.choice([0, 1, 5, 40]))
        fresh = ContextState(model.denoiser).around(model.tokenizer.tokens(Snapshot(text)), first, last, CancelToken())
        found.append(_same(warm.around(tokens, first, last, CancelToken()), fresh))
    return found


def _same(one: Surroundings, other: Surroundings) -> bool:
    pairs = [(one.left, other.left), (one.right, other.right), (one.keys, other.keys), *zip(one.forward, other.forward, strict=True)]
    return all(a.shape == b.shape and np.allclose(a, b, rtol=0, atol=TOLERANCE) for a, b in pairs)
