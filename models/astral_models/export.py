"""`python -m astral_models.export --run nano`: ships a run's averaged weights: float16 safetensors, graphs, manifest, curve, model card."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from astral_models.corpus.shards import Shard, open_shard
from astral_models.evaluate import evaluate
from astral_models.nano.config import CONFIGS
from astral_models.nano.net import Astral
from astral_models.onnx.export import cost_in_nats, structures
from astral_models.onnx.folder import Shipment, halved, write
from astral_models.onnx.manifest import Provenance
from astral_models.onnx.probe import Ints
from astral_models.paths import DATA, RUNS, WEIGHTS
from astral_models.tokenizer import load_tokenizer
from astral_models.train.exported import WEIGHTS_FILE, read_exported
from astral_models.train.log import draw_curve
from astral_models.train.recipes import RECIPES
from astral_models.train.state import Cursor

PROBED = 2048
"""Tokens of the dev split on which whole-number arithmetic is measured."""

CARD = """# astral-{name}

A masked flow denoiser with a Mamba-2 context encoder for Python, {parameters:.2f}M parameters, float16, licence Apache-2.0.
It fills holes of typed code under hard constraints; alone it is a small model and says small-model things.

| | |
|---|---|
| window tokens seen | {tokens:,} ({epochs:.2f} epochs of {corpus_tokens:,}) |
| steps | {step:,}, of {windows_each} windows of {length:,} tokens |
| time | {minutes:,.0f} minutes of {hardware} |
| corpus | `{corpus}` (sha256 of the token stream), packages and licences in `../../corpus/REPORT.md` |
| recipe | `{recipe}`; comparison in `RECIPES.md` |
| weights | `model.safetensors`, sha256 `{sha256}` |

## Figures, packages that were never trained on ({split} split, {sample} windows)

{figures}

`masked` is hidden tokens of holes of which a share t ~ U(0.1, 1) is hidden, by class of the token; `exact` is a whole expression
hole at its true length, greedy by confidence in {steps} steps, by length in tokens, without search, types or constraints.

![loss and accuracy](curve.png)

## Made by

`python -m astral_models.corpus --from gather`, then `python -m astral_models.train --config {name} --recipe {recipe} --resume`, then
`python -m astral_models.export --run {run} --recipe {recipe}`. Training resumes from these weights on a machine that has no run of its own.
"""


def main() -> None:
    """Exports and writes the card."""
    parser = argparse.ArgumentParser(prog="astral_models.export", description=__doc__)
    parser.add_argument("--config", choices=sorted(CONFIGS), default="nano")
    parser.add_argument("--run", default="nano", help="name of the run")
    parser.add_argument("--recipe", default="curriculum", help="recipe that the run used, for the card")
    parser.add_argument("--hardware", default="two shared processor cores", help="what the run's minutes were spent on, for the card")
    parser.add_argument("--out", type=Path, default=None, help="folder (default: the shipped weights)")
    parser.add_argument("--windows", type=int, default=40, help="windows of the dev split to evaluate on")
    parser.add_argument("--data", type=Path, default=DATA)
    options = parser.parse_args()
    out = options.out or WEIGHTS / options.config
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
    export(options, RUNS / options.run, out)


def export(options: argparse.Namespace, run: Path, out: Path) -> None:
    """Writes weights, graphs, vocabulary, model.json, curve.png and CARD.md to `out`."""
    (weights, cursor), model = averages(run, options.config), Astral(CONFIGS[options.config]).eval()
    model.load_state_dict(weights)
    vocabulary, dev = WEIGHTS / "nano" / "tokenizer.json", open_shard(options.data / "dev")
    figures = evaluate(halved(model), dev, load_tokenizer(vocabulary), options.windows).values()
    graphs = structures(model)
    cost = cost_in_nats(model, graphs, first_tokens(dev))
    provenance = Provenance(asdict(cursor), options.recipe, figures=figures | {"masked_nats": cost})
    write(out, Shipment(model, graphs, vocabulary.read_bytes(), cursor, provenance))
    draw_curve(run, run / "curve.png")
    shutil.copy(run / "curve.png", out / "curve.png")
    parameters = sum(weight.numel() for weight in model.parameters()) / 1e6
    record = {"sha256": hashlib.sha256((out / WEIGHTS_FILE).read_bytes()).hexdigest(), "figures": figures}
    (out / "CARD.md").write_text(card(options, record, cursor, parameters), encoding="utf-8")


def averages(run: Path, config: str) -> tuple[dict[str, Tensor], Cursor]:
    """Averaged weights and cursor of a run on this machine, or those that are shipped already where the run was on another one."""
    if not (run / "state.pt").exists():
        return read_exported(WEIGHTS / config)
    saved = torch.load(run / "state.pt", map_location="cpu", weights_only=True)
    return saved["ema"], Cursor(**saved["cursor"])


def first_tokens(dev: Shard) -> Ints:
    """Columns (5, l) of a text that no weight has seen."""
    return np.stack([column[:PROBED].astype(np.int64) for column in (dev.ids, dev.node, dev.depth, dev.sibling, dev.scope)])


def card(options: argparse.Namespace, record: dict[str, Any], cursor: Cursor, parameters: float) -> str:
    """The text of CARD.md."""
    meta = json.loads((options.data / "train" / "meta.json").read_text(encoding="utf-8"))
    return CARD.format(
        name=options.config,
        parameters=parameters,
        corpus_tokens=meta["tokens"],
        epochs=cursor.tokens / meta["tokens"],
        sha256=record["sha256"],
        split="dev",
        sample=options.windows,
        figures=table(record["figures"]),
        steps=8,
        run=options.run,
        recipe=options.recipe,
        windows_each=RECIPES[options.recipe].windows,
        length=RECIPES[options.recipe].length,
        hardware=options.hardware,
        **asdict(cursor),
    )


def table(figures: dict[str, dict[str, dict[str, float]]]) -> str:
    """Figures as a Markdown table."""
    rows = ["| what | of | share | cases |", "|---|---|---:|---:|"]
    for name, counts in figures.items():
        rows += [f"| {name} | {key} | {count['share']:.3f} | {count['n']:,.0f} |" for key, count in counts.items()]
    return "\n".join(rows)


if __name__ == "__main__":
    main()
