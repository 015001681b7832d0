"""`python -m astral_models.onnx --config nano`: exports the averaged weights of a run to the folder that the package ships."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from astral_models.corpus.shards import open_shard
from astral_models.nano.config import CONFIGS
from astral_models.nano.net import Astral
from astral_models.onnx.export import export
from astral_models.onnx.manifest import Provenance
from astral_models.onnx.probe import Ints
from astral_models.paths import DATA, RUNS, WEIGHTS
from astral_models.train.exported import read_exported


def main() -> None:
    """Reads a run's state, writes graphs and manifest, prints how each graph is stored and what that costs."""
    parser = argparse.ArgumentParser(prog="astral_models.onnx", description=__doc__)
    parser.add_argument("--config", choices=sorted(CONFIGS), default="nano")
    parser.add_argument("--state", type=Path, default=None, help="a run's state.pt or model.safetensors (default: the config's own run)")
    parser.add_argument("--figures", type=Path, default=None, help="JSON object of what the dev split measured, for the manifest")
    parser.add_argument("--data", type=Path, default=DATA, help="the corpus, whose dev split int8 is measured on")
    parser.add_argument("--out", type=Path, default=None, help="folder to write (default: the shipped weights)")
    options = parser.parse_args()
    folder = options.out or WEIGHTS / options.config
    model, training = trained(options.config, options.state or RUNS / options.config / "state.pt")
    figures = json.loads(options.figures.read_text(encoding="utf-8")) if options.figures else {}
    vocabulary = (WEIGHTS / "nano" / "tokenizer.json").read_bytes()
    choices = export(model, vocabulary, Provenance(training, figures=figures), folder, dev_text(options.data))
    for name, choice in choices.items():
        print(f"{name:14} {len(choice.data):>10,} bytes  {choice.precision:8} nats a token {choice.nats}")


def dev_text(data: Path, tokens: int = 2048) -> Ints:
    """Columns (5, l) of the first tokens of the dev split, which no weight has seen."""
    dev = open_shard(data / "dev")
    return np.stack([column[:tokens].astype(np.int64) for column in (dev.ids, dev.node, dev.depth, dev.sibling, dev.scope)])


def trained(config: str, state: Path) -> tuple[Astral, dict[str, object]]:
    """The net with the averaged weights of a run's state (.pt) or of what a run shipped (.safetensors), and the run's cursor."""
    model = Astral(CONFIGS[config])
    if state.suffix == ".safetensors":
        weights, cursor = read_exported(state.parent)
        model.load_state_dict(weights)
        return model, asdict(cursor)
    saved = torch.load(state, map_location="cpu", weights_only=True)
    model.load_state_dict({**saved["model"], **saved["ema"]})
    return model, dict(saved["cursor"])


if __name__ == "__main__":
    main()
