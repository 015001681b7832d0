"""Holes cut from real files, and whether the hard masks over words would ever prune what stood there (§4.1): every violation is listed.

Each hole is filled by its own tokens in one random order, every slot looked at just before its commit, as the sampler does; beside that
from left to right, where the masks know most.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from model_cases import Case, Form, cases

from astral_runtime.constraints.compiler import Compiler, Specification
from astral_runtime.constraints.words import WordMask
from astral_runtime.context.tokenise import Tokenizer
from astral_runtime.context.vocabulary import MASK
from astral_runtime.denoise.bounds import Bounds, bounds
from astral_runtime.denoise.skeleton import skeleton
from astral_runtime.types.client import Oracle, OracleSettings

SOUND_FORMS: tuple[Form, ...] = ("expression", "statement", "part")
DEADLINE_MS = 30_000


@dataclass(slots=True)
class Tally:
    """What was seen: holes, slots in which a rule spoke, sizes with and without it, and each violation.

    `outside`: holes whose truth the grammar refuses, a walrus without brackets where one expression is wanted: no rule decides there.
    """

    holes: int = 0
    outside: int = 0
    slots: Counter[str] = field(default_factory=Counter)
    spoke: Counter[str] = field(default_factory=Counter)
    sizes: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    violations: list[dict[str, Any]] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)

    def report(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "holes": self.holes,
            "outside of the grammar": self.outside,
            "slots": dict(self.slots),
            "spoke": dict(self.spoke),
            "sizes": {name: _means(rows) for name, rows in sorted(self.sizes.items())},
            "violations": self.violations,
            "slot_us": {"p50": _us(self.milliseconds, 50), "p95": _us(self.milliseconds, 95)},
        }


def _means(rows: Sequence[tuple[int, int]]) -> dict[str, float]:
    grammar, both = np.array(rows).T
    return {"n": len(rows), "grammar": round(float(grammar.mean()), 1), "words": round(float(both.mean()), 1)}


def _us(times: Sequence[float], percentile: int) -> float:
    return round(float(np.percentile(times, percentile)) * 1000, 1) if times else 0.0


def soundness(root: Path, packages: Sequence[str], tokenizer: Tokenizer, many: int, seed: int, seconds: float) -> Tally:
    """`many` holes of each package, evenly over forms; stops early when the time is over."""
    compiler, tally, chance = Compiler(tokenizer), Tally(), random.Random(seed)
    ends = time.monotonic() + seconds
    for package in packages:
        oracle = Oracle(OracleSettings(root=root))
        try:
            for case in _cases(root, package, many, seed):
                if time.monotonic() > ends:
                    return tally
                _case(case, root, oracle, compiler, tokenizer, tally, chance)
        finally:
            oracle.close()
        print(
            f"{package}: {tally.holes} holes, spoke {sum(tally.spoke.values())}, {len(tally.violations)} violations",
            file=sys.stderr,
            flush=True,
        )
    return tally


def _cases(root: Path, package: str, many: int, seed: int) -> Iterator[Case]:
    for form in SOUND_FORMS:
        yield from cases(root, package, form, -(-many // len(SOUND_FORMS)), seed)


def _case(case: Case, root: Path, oracle: Oracle, compiler: Compiler, tokenizer: Tokenizer, tally: Tally, chance: random.Random) -> None:
    document, hole = case.document(root), case.holes()[0]
    certain = oracle.certain(document, hole, DEADLINE_MS)
    tokens = tokenizer.tokens(document.native)
    where = bounds(tokens, hole)
    specification = Specification(document.native, (), frozenset({"grammar", "scope", "types"}), lambda: certain)
    mask = compiler.compile(specification, tokens, where).hard
    own = skeleton(case.truth(0), tokenizer)
    tally.holes += 1
    if isinstance(mask, WordMask) and own and not _admitted(mask, own):
        tally.outside += 1
    elif isinstance(mask, WordMask) and own:
        for order in (list(range(len(own))), chance.sample(range(len(own)), len(own))):
            _fill(case, where, mask, own, order, tokenizer, tally)


def _admitted(mask: WordMask, own: Sequence[int]) -> bool:
    """Whether the grammar lets the truth through."""
    if mask.grammar is None:
        return True
    guide = mask.grammar.fixed([MASK] * len(own))
    return all(guide.propose(slot, token) for slot, token in enumerate(own))


def _fill(case: Case, where: Bounds, mask: WordMask, own: list[int], order: Sequence[int], tokenizer: Tokenizer, tally: Tally) -> None:
    ids = [MASK] * len(own)
    way = "left to right" if list(order) == sorted(order) else "any order"
    for slot in order:
        begin = time.perf_counter()
        rule = mask.allowed(ids, slot)
        tally.milliseconds.append((time.perf_counter() - begin) * 1000)
        tally.slots[way] += 1
        if rule is not None:
            kind = mask.role(ids, slot)
            tally.spoke[f"{kind}, {way}"] += 1
            if way == "left to right" and mask.grammar is not None and tally.spoke[f"{kind}, {way}"] % 4 == 0:
                grammar = np.array(mask.grammar.growing(ids).allowed([slot])[0])
                tally.sizes[kind].append((int(grammar.sum()), int((grammar & rule).sum())))
            if not rule[own[slot]]:
                text = tokenizer.text([token if token != MASK else own[i] for i, token in enumerate(ids)])
                tally.violations.append(
                    {"file": str(case.file.path), "span": case.spans[0], "form": case.form, "truth": text, "kind": kind,
                     "token": tokenizer.names[own[slot]], "slot": slot, "order": way}
                )  # fmt: skip
        ids[slot] = own[slot]
