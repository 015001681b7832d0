"""`python -m astral_models.evaluate`: what a model knows about held-out packages, without search, types or constraints.

Next-token accuracy both ways; accuracy of hidden tokens of partly revealed holes by class; exact match of short expression
holes at their true length, filled by committing the surest slots first.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from astral_models.corpus.shards import Shard, open_shard
from astral_models.corpus.spans import EXPRESSION
from astral_models.nano.config import CONFIGS
from astral_models.nano.net import Astral, Context, Segments
from astral_models.paths import DATA, RUNS, WEIGHTS
from astral_models.tokenizer import load_tokenizer
from astral_models.train.batches import LAYOUTS, Corruption, Layout, Window, Windows, use_vocabulary
from astral_models.train.exported import read_exported
from astral_models.train.losses import Batch, stack
from astral_runtime.context.tokenise import Tokenizer
from astral_runtime.context.vocabulary import ID, MARK, MASK, SPECIALS

LENGTHS = ((1, 1), (2, 3), (4, 7), (8, 12))
STEPS = 8
SEED = 11
EXACT = Corruption(fully=1.0, uncertain=0.0, region=0.0, ast_dropout=0.0)
"""Holes of known length, all slots masked."""
SINGLE = Corruption(fully=0.0, uncertain=0.0, region=0.0, ast_dropout=0.0)
"""Holes of known length, some slots revealed."""


@dataclass(slots=True)
class Count:
    """Right answers out of all."""

    right: int = 0
    of: int = 0

    def add(self, right: int, of: int = 1) -> None:
        """Counts more answers."""
        self.right += right
        self.of += of

    @property
    def share(self) -> float:
        """Right answers among all, 0 when there were none."""
        return self.right / max(1, self.of)


@dataclass(slots=True)
class Figures:
    """What an evaluation found; counts by class of token or by length of the hole in tokens."""

    next_token: dict[str, Count] = field(default_factory=dict)
    masked: dict[str, Count] = field(default_factory=dict)
    exact: dict[str, Count] = field(default_factory=dict)

    def add(self, table: dict[str, Count], name: str, right: int, of: int = 1) -> None:
        """Counts answers under a name and under `all`."""
        for key in (name, "all"):
            table.setdefault(key, Count()).add(right, of)

    def values(self) -> dict[str, dict[str, dict[str, float]]]:
        """Shares and sample sizes, as JSON."""
        tables = {"next_token": self.next_token, "masked": self.masked, "exact": self.exact}
        return {
            name: {key: {"share": round(count.share, 4), "n": count.of} for key, count in sorted(table.items())}
            for name, table in tables.items()
        }


def token_classes(names: Sequence[str]) -> list[str]:
    """Class of every vocabulary entry: keyword, operator, layout, literal, word (identifiers and numbers), piece (what continues one)."""
    found = []
    for index, name in enumerate(names):
        if index < len(SPECIALS) or name in ("<NEWLINE>", "<INDENT>", "<DEDENT>"):
            found.append("layout")
        elif name.startswith("<kw>"):
            found.append("keyword" if name[4:].isalpha() else "operator")
        elif name in ID:
            found.append("literal")
        else:
            found.append(("literal" if name[1:2].isdigit() else "word") if name.startswith(MARK) else "piece")
    return found


@torch.no_grad()
def evaluate(model: Astral, shard: Shard, tokenizer: Tokenizer, windows: int) -> Figures:
    """Figures over `windows` windows of a shard, 20 holes each."""
    use_vocabulary(tokenizer.word("bool"))
    model.eval()
    figures, source, classes = Figures(), Windows(shard, 1024, SEED, tokenizer.names), token_classes(tokenizer.names)
    for number in range(windows):
        window = source.window(number, LAYOUTS["holes64"], EXACT)
        batch = stack([window], torch.device("cpu"))
        context = model.encode(batch.ids, batch.ast)
        _next_token(model, context, batch, figures)
        _masked(model, context, source, number, classes, figures)
        _holes(model, context, batch, window, figures)
    return figures


def _next_token(model: Astral, context: Context, batch: Batch, figures: Figures) -> None:
    ids = batch.ids[0]
    for name, states, target in (("forward", context.forward[0, :-1], ids[1:]), ("backward", context.backward[0, 1:], ids[:-1])):
        right = model.logits(states).argmax(-1) == target
        figures.add(figures.next_token, name, int(right.sum()), len(target))


ONE: Layout = LAYOUTS["holes64"]


def _masked(model: Astral, context: Context, source: Windows, number: int, classes: list[str], figures: Figures) -> None:
    """Hidden slots of partly revealed holes: the class of the answer decides where it counts."""
    window = source.window(number, ONE, SINGLE)
    batch = stack([window], torch.device("cpu"))
    said, _ = guess(model, context, batch.segments)
    for at, target, weight in zip(window.target_at, window.target, window.weight, strict=True):
        if weight > 0:
            row, slot = divmod(int(at), ONE.slots)
            name = _class(int(target), batch.segments.ids[row, slot - 1], classes)
            figures.add(figures.masked, name, int(said[row, slot] == target))


def _class(token: int, before: Tensor, classes: list[str]) -> str:
    name = classes[token]
    return "attribute" if name == "word" and int(before) == ID["<kw>."] else name


def guess(model: Astral, context: Context, segments: Segments) -> tuple[Tensor, Tensor]:
    """Most probable ordinary token of every masked slot and its probability, (s, k) each; revealed slots stay, with probability 0."""
    masked = segments.ids == MASK
    hidden = model.denoise(segments, model.edges(context, segments), model.memory(context, segments))
    scores = model.logits(hidden[masked]).float()
    scores[:, : len(SPECIALS)] = -1e9
    best = scores.softmax(-1).max(-1)
    ids, sure = segments.ids.clone(), torch.zeros(masked.shape)
    ids[masked], sure[masked] = best.indices, best.values
    return ids, sure


def _holes(model: Astral, context: Context, batch: Batch, window: Window, figures: Figures) -> None:
    """Fills every hole of the window at its true length and compares token by token."""
    truth = truth_of(window)
    filled = fill(model, context, batch.segments)
    for row in range(len(window.start)):
        hole = window.kind[row] > 0
        size = int(hole.sum())
        name = next((f"{low}-{high}" for low, high in LENGTHS if low <= size <= high), None)
        if name is not None and window.kind[row].max() == EXPRESSION:
            figures.add(figures.exact, name, int((filled[row].numpy()[hole] == truth[row][hole]).all()))


def truth_of(window: Window) -> NDArray[np.int64]:
    """The slots of a window with every hole filled by its own tokens; only for holes of true length."""
    truth = window.slots.copy()
    for row, (start, end) in enumerate(zip(window.start, window.end, strict=True)):
        truth[row][window.kind[row] > 0] = window.ids[start:end]
    return truth


def fill(model: Astral, context: Context, segments: Segments) -> Tensor:
    """Slots after greedy decoding: each step commits the surest share of what is masked. Returns (s, k) ids."""
    ids = segments.ids.clone()
    for step in range(STEPS):
        masked = ids == MASK
        share = masked.sum(-1) / (segments.kind > 0).sum(-1).clamp(min=1)
        said, sure = guess(model, context, replace(segments, ids=ids, t=share))
        left = STEPS - step
        for row in range(len(ids)):
            places = masked[row].nonzero().flatten()
            if len(places):
                surest = places[sure[row, places].topk(-(-len(places) // left)).indices]
                ids[row, surest] = said[row, surest]
    return ids


def load_model(config: str, folder: Path) -> Astral:
    """The averaged weights of a run (`state.pt`) or of an export (`model.safetensors`)."""
    model = Astral(CONFIGS[config])
    if (folder / "state.pt").exists():
        saved = torch.load(folder / "state.pt", map_location="cpu", weights_only=True)
        model.load_state_dict(saved["ema"])
    else:
        model.load_state_dict(read_exported(folder)[0])
    return model


def main() -> None:
    """Prints the figures as JSON."""
    parser = argparse.ArgumentParser(prog="astral_models.evaluate", description=__doc__)
    parser.add_argument("--config", choices=sorted(CONFIGS), default="nano")
    parser.add_argument("--run", default=None, help="a run's name (default: the shipped weights)")
    parser.add_argument("--split", choices=("dev", "test"), default="dev")
    parser.add_argument("--windows", type=int, default=40)
    parser.add_argument("--data", type=Path, default=DATA)
    options = parser.parse_args()
    folder = RUNS / options.run if options.run else WEIGHTS / options.config
    tokenizer = load_tokenizer(WEIGHTS / "nano" / "tokenizer.json")
    model = load_model(options.config, folder)
    figures = evaluate(model, open_shard(options.data / options.split), tokenizer, options.windows)
    print(json.dumps(figures.values(), indent=1))


if __name__ == "__main__":
    main()
