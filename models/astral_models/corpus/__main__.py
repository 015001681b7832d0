"""`python -m astral_models.corpus [--data FOLDER] [--from STAGE]`: builds the training corpus and its report.

Stages: gather (fetch, clean, deduplicate), tokenizer (learn the subwords), shards (tokenise), report.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from astral_models.corpus.gather import SPLITS, gather, read_sources
from astral_models.corpus.report import write_report
from astral_models.corpus.shards import write_shard
from astral_models.paths import DATA, WEIGHTS
from astral_models.tokenizer import load_tokenizer
from astral_models.tokenizer.train import learn, save

STAGES = ("gather", "tokenizer", "shards", "report")
VOCABULARY_EVERY = 4
"""The subwords are learnt from every fourth training file."""


def main() -> None:
    """Runs the stages from the given one on."""
    parser = argparse.ArgumentParser(prog="astral_models.corpus", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="where the corpus is kept")
    parser.add_argument("--from", dest="first", choices=STAGES, default="shards", help="first stage to run (default: shards)")
    options = parser.parse_args()
    todo = STAGES[STAGES.index(options.first) :]
    if "gather" in todo:
        gather(options.data)
    if "tokenizer" in todo:
        texts = (source.text for i, source in enumerate(read_sources(options.data, "train")) if i % VOCABULARY_EVERY == 0)
        save(learn(texts, 8192), WEIGHTS / "nano" / "tokenizer.json")
    if "shards" in todo:
        tokenizer = load_tokenizer(WEIGHTS / "nano" / "tokenizer.json")
        for split in SPLITS:
            write_shard(read_sources(options.data, split), tokenizer, options.data / split)
    write_report(options.data, Path(__file__).with_name("REPORT.md"))


if __name__ == "__main__":
    main()
