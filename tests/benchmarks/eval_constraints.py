"""Hard masks on real files: how much they leave of the vocabulary, what they cost, whether they prune what is right, what each stage brings.

eval_constraints.py TOKENIZER.json [LOG …]: the grammar alone; the logs are what `cargo test --test soundness` and `cargo bench` printed.
eval_constraints.py stages --weights FOLDER --output FILE [--shard 0/2]: off → grammar → +scope → +types → +soft on the same holes.
eval_constraints.py report FILE …: the table of such files, into the results.
eval_constraints.py costs LOG: the rows that `cargo bench` printed, into the results.
eval_constraints.py words TOKENIZER.json ROOT PACKAGE,… HOLES SECONDS: masks over words against what stood there; the tally as JSON.
"""

from __future__ import annotations

import ast
import json
import os
import random
import re
import sys
import sysconfig
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import masks_sound
import numpy as np
import stages

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "constraints"))

from admissible import Document, growing_walk, walk

from astral_native import Snapshot
from astral_runtime.constraints.grammar import Grammar
from astral_runtime.context.tokenise import Tokenizer
from astral_runtime.context.vocabulary import ID, MASK

TARGET = Path(__file__).resolve().parent / "results" / "constraints.json"
SEED = 20_261
FILES, HOLES, WALKS = 24, 250, 20_000
WALK_SECONDS = float(os.environ.get("ASTRAL_WALK_SECONDS", "600"))
"""Walks stop at their number or at this time, whichever comes first."""
T = TypeVar("T")


def main() -> None:
    """Measures, and writes the result."""
    tokenizer = Tokenizer(Path(sys.argv[1]).read_bytes())
    grammar = Grammar(tokenizer.names, sys.version_info.minor)
    chance = random.Random(SEED)
    documents = list(real(tokenizer, chance))
    cost: dict[str, list[float]] = defaultdict(list)
    logs = "\n".join(Path(name).read_text(encoding="utf-8") for name in sys.argv[2:])
    sizes = precision(grammar, documents, tokenizer, chance, cost)
    result = {
        "vocabulary": tokenizer.size,
        "rows": [*native(logs), *(row(name, times) for name, times in cost.items())],
        "admissible": sizes,
        "walks": walks(grammar, documents, tokenizer, chance),
        "native walks": native_walks(logs),
        "soundness": soundness(logs),
    }
    keep(result)


def keep(found: dict[str, Any]) -> None:
    """Writes what was measured; other parts of an earlier run stay."""
    old = json.loads(TARGET.read_text(encoding="utf-8")) if TARGET.exists() else {}
    TARGET.write_text(json.dumps(old | found, indent=1) + "\n", encoding="utf-8")


def real(tokenizer: Tokenizer, chance: random.Random) -> list[Document]:
    """Files of the standard library that keep their syntax when they are written from their tokens."""
    paths = sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py"))
    found: list[Document] = []
    for path in chance.sample(paths, len(paths)):
        text = path.read_text(encoding="utf-8", errors="replace")
        if 2_000 < len(text) < 40_000 and len(found) < FILES:
            document = Document(text, tokenizer.tokens(Snapshot(text)))
            ast.parse(tokenizer.text(document.tokens.ids))
            found.append(document)
    return found


def precision(
    grammar: Grammar, documents: list[Document], tokenizer: Tokenizer, chance: random.Random, cost: dict[str, list[float]]
) -> dict[str, Any]:
    """Admissible tokens of a slot by what stood there, with everything around it known, and with the whole hole masked."""
    found: dict[str, list[int]] = defaultdict(list)
    for _ in range(HOLES):
        document = chance.choice(documents)
        where = document.cut(chance, 16)
        own = document.tokens.ids[where.first : where.last].tolist()
        if not own:
            continue
        mask = timed(cost, "frame, ms", lambda d=document, w=where: grammar.mask(d.tokens, w))  # type: ignore[misc]  # bound now
        for name, held in (("alone", own), ("all masked", [MASK] * len(own))):
            slot = chance.randrange(len(own))
            ids = [*held[:slot], MASK, *held[slot + 1 :]]
            guide = timed(cost, f"guide and masks, {name}, ms", lambda m=mask, i=ids, s=slot: m.fixed(i).allowed([s, s]))  # type: ignore[misc]  # bound now
            found[f"{kind(own[slot], tokenizer)}, {name}"].append(int(guide[0].sum()))
    return {
        name: {"median": int(np.median(counts)), "p95": int(np.percentile(counts, 95)), "n": len(counts)}
        for name, counts in sorted(found.items())
    }


def kind(token: int, tokenizer: Tokenizer) -> str:
    """What a slot held."""
    name = tokenizer.names[token]
    if name.startswith("<kw>"):
        return "keyword" if name[4:].isalpha() else "operator"
    if token < ID["<0x00>"]:
        return "literal or comment mark" if name.startswith(("<open>", "<close>", "<#>", "</")) else "layout"
    return "start of a word or text" if name.startswith("▁") else "inner piece"


def timed(cost: dict[str, list[float]], name: str, do: Callable[[], T]) -> T:
    """Notes the processor time of this thread, in ms."""
    start = time.thread_time()
    result = do()
    cost[name].append((time.thread_time() - start) * 1e3)
    return result


def row(name: str, times: list[float]) -> dict[str, Any]:
    """One row of the report."""
    return {"name": name, "unit": "ms", "p50": float(np.median(times)), "p95": float(np.percentile(times, 95)), "n": len(times)}


def walks(grammar: Grammar, documents: list[Document], tokenizer: Tokenizer, chance: random.Random) -> dict[str, int]:
    """Random admissible walks: how they ended, and how many of those that finished leave a file that does not parse."""
    ends: Counter[str] = Counter()
    start = time.monotonic()
    for number in range(WALKS):
        if time.monotonic() - start > WALK_SECONDS:
            break
        document = chance.choice(documents)
        where = document.cut(chance, 8)
        found = (growing_walk if number % 4 else walk)(grammar.mask(document.tokens, where), chance.randint(1, 8), chance)
        ends[found.end] += 1
        try:
            ast.parse(tokenizer.text(document.filled(where, found.ids)) if found.end == "finished" else "")
        except (SyntaxError, ValueError) as error:
            ends["do not parse"] += 1
            print(f"walk {number}: {error}: {tokenizer.text(found.ids)!r}", file=sys.stderr)
    names = ("finished", "too short", "over budget", "stuck", "do not parse")
    return {"begun": ends.total() - ends["do not parse"], **{name: ends[name] for name in names}}


def soundness(logs: str) -> dict[str, int]:
    """Cases of the soundness profile in these logs; a pruning is a panic there."""
    cases = re.findall(r"^(\d+) cases, (\d+) undecided$", logs, re.M)
    return {"cases": sum(int(n) for n, _ in cases), "undecided": sum(int(u) for _, u in cases), "failed": logs.count("panicked at")}


def native_walks(logs: str) -> dict[str, int]:
    """Walks of the example `walks` that parse and that do not, as `check_walks.py` counted them."""
    found = re.findall(r"^(\d+) passed, (\d+) failed$", logs, re.M)
    return {"parse": sum(int(n) for n, _ in found), "do not parse": sum(int(n) for _, n in found)}


def native(logs: str) -> list[dict[str, Any]]:
    """Masks of 64 slots after each commit of whole fills, as the native benchmark printed them."""
    found = re.findall(r"^(64 slots.*?) of (\d+) fills: p50 ([\d.]+) ms, p95 ([\d.]+) ms", logs, re.M)
    return [{"name": name, "unit": "ms", "p50": float(p50), "p95": float(p95), "n": int(n)} for name, n, p50, p95 in found]


def costs(log: str) -> None:
    """Puts the rows of a benchmark's log in the place of earlier ones; those that were measured here stay."""
    rows = native(Path(log).read_text(encoding="utf-8"))
    old = json.loads(TARGET.read_text(encoding="utf-8"))["rows"]
    keep({"rows": [*rows, *(each for each in old if not each["name"].startswith("64 slots"))]})


def words(tokenizer: str, root: str, packages: str, many: str, seconds: str) -> None:
    """Prints the tally of the masks over words."""
    found = masks_sound.soundness(Path(root), packages.split(","), Tokenizer(Path(tokenizer).read_bytes()), int(many), SEED, float(seconds))
    print(json.dumps(found.report(), indent=1, ensure_ascii=False))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    match sys.argv[1:]:
        case ["stages", *rest]:
            sys.exit(stages.run(rest))
        case ["report", *files]:
            keep({"stages": stages.report([Path(name) for name in files])})
        case ["costs", log]:
            costs(log)
        case ["words", tokenizer, root, packages, many, seconds]:
            words(tokenizer, root, packages, many, seconds)
        case _:
            main()
