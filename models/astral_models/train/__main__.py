"""`python -m astral_models.train --config nano --resume --max-minutes N`; the same under `torchrun` on many devices.

Stops at the limit, on SIGTERM or SIGINT, saving first; `--resume` goes on from the run's state, or from the shipped weights without one.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from astral_models.corpus.shards import Shard, open_shard
from astral_models.nano.config import CONFIGS
from astral_models.nano.net import Astral
from astral_models.paths import DATA, RUNS, WEIGHTS
from astral_models.tokenizer import load_tokenizer
from astral_models.train.batches import Windows, use_vocabulary
from astral_models.train.exported import WEIGHTS_FILE, read_exported
from astral_models.train.loop import SEED, Limits, Run, Stop, new_optimisers, train
from astral_models.train.losses import Objective, judged
from astral_models.train.optimiser import Ema
from astral_models.train.parallel import Team, join_team, shard
from astral_models.train.recipes import DEFAULT, RECIPES
from astral_models.train.state import Cursor, load_state, placed


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="astral_models.train", description=__doc__)
    parser.add_argument("--config", choices=sorted(CONFIGS), default="nano")
    parser.add_argument("--recipe", choices=sorted(RECIPES), default=DEFAULT)
    parser.add_argument("--run", default=None, help="name of the run's folder (default: the config's name)")
    parser.add_argument("--data", type=Path, default=DATA, help="the corpus")
    parser.add_argument("--resume", action="store_true", help="go on from the saved state, or from the shipped weights")
    parser.add_argument("--max-minutes", type=float, default=float("inf"), help="wall-clock limit")
    parser.add_argument(
        "--max-cpu-minutes", type=float, default=float("inf"), help="processor time limit, for comparisons on a shared machine"
    )
    parser.add_argument("--max-steps", type=int, default=1 << 62)
    parser.add_argument(
        "--cooldown-steps", type=int, default=0, help="end with this many steps down to rate 0, saved as cooled.pt beside the state"
    )
    parser.add_argument(
        "--cooldown-minutes", type=float, default=0.0, help="the last minutes before --max-minutes, over which the rate falls to 0"
    )
    parser.add_argument("--save-minutes", type=float, default=10.0, help="how long between two saves")
    parser.add_argument("--workers", type=int, default=0, help="processes that draw batches ahead of time, for an accelerator")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--spread", choices=("shards", "copies"), default="shards", help="under torchrun: FSDP2, or a copy of the weights in every process"
    )
    parser.add_argument("--eager", action="store_true", help="do not compile")
    parser.add_argument("--float32", action="store_true", help="no bfloat16 arithmetic")
    return parser.parse_args()


def main() -> None:
    """Prepares a run and trains it."""
    options = parse()
    # What torch compiles is kept with the runs, so that a resumed run need not compile again.
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(RUNS / ".inductor"))
    torch.set_num_threads(options.threads)
    torch.manual_seed(SEED)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    team = join_team(device, not options.float32, options.spread)
    corpus = open_shard(options.data / "train")
    run = prepare(options, corpus, team, device)
    if not options.eager:
        compile_for(device, run.objective)
    train(run, limits_of(options), Stop())


def limits_of(options: argparse.Namespace) -> Limits:
    """When the run stops."""
    ends = (options.max_minutes, options.max_cpu_minutes, options.max_steps)
    return Limits(*ends, options.cooldown_steps, options.cooldown_minutes, options.save_minutes)


def compile_for(device: torch.device, objective: Objective) -> None:
    """The whole forward pass for a processor; for CUDA the layers and the loss alone, whose code all layers share: seconds, not minutes."""
    if device.type != "cuda":
        objective.compile(dynamic=False)
        return
    torch._dynamo.config.recompile_limit = 32  # a version for each shape and for layers with and without cross-attention
    for layer in (*objective.model.encoder.layers, *objective.model.denoiser.blocks):
        layer.compile(dynamic=False)
    objective.judge = torch.compile(judged, dynamic=False)


def prepare(options: argparse.Namespace, corpus: Shard, team: Team, device: torch.device) -> Run:
    """The run with its model, resumed when that was asked for."""
    tokenizer = load_tokenizer(WEIGHTS / "nano" / "tokenizer.json")
    use_vocabulary(tokenizer.word("bool"))
    folder = RUNS / (options.run or options.config)
    objective = Objective(Astral(CONFIGS[options.config]).to(device))
    shard(objective, team, device)
    built, ema = new_optimisers(objective.model)
    cursor, warm_from = Cursor(), 0
    if options.resume and (folder / "state.pt").exists():
        cursor = load_state(folder / "state.pt", objective.model, ema, built)
    elif options.resume and (WEIGHTS / options.config / WEIGHTS_FILE).exists():
        weights, cursor = read_exported(WEIGHTS / options.config)
        start_from(weights, objective.model, ema)
        warm_from = cursor.step
    recipe = RECIPES[options.recipe]
    windows = Windows(corpus, recipe.length, SEED, tokenizer.names)
    dev = open_shard(options.data / "dev")
    cursor = replace(cursor, corpus=corpus.digest)
    return Run(folder, objective, ema, built, cursor, recipe, windows, dev, team, device, list(tokenizer.names), warm_from, options.workers)


def start_from(weights: dict[str, Tensor], model: Astral, ema: Ema) -> None:
    """Shipped averages become both the weights and the averages; the optimisers begin anew."""
    with torch.no_grad():
        for name, weight in model.named_parameters():
            weight.copy_(placed(weights[name], weight))
            ema.weights[name].copy_(weight)


if __name__ == "__main__":
    main()
