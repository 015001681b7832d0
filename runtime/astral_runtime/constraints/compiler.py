"""compile: Specification → (HardDecodeIR, SoftEnergyIR, ExactVerifierIR), one hole at a time (§4)."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from astral_native import Snapshot
from astral_runtime.constraints.flow import control_flow
from astral_runtime.constraints.grammar import Grammar
from astral_runtime.constraints.known import Known, known_at
from astral_runtime.constraints.names import Words, names_in_sight, types_in_sight
from astral_runtime.constraints.soft import SoftEnergy, Term
from astral_runtime.constraints.words import WordMask, surrounding
from astral_runtime.context.tokenise import Tokenizer
from astral_runtime.context.tokens import Tokens
from astral_runtime.denoise.bounds import Bounds
from astral_runtime.denoise.sampler import HardMask
from astral_runtime.fill import Constrained
from astral_runtime.holes import Certain, ScopeEntry

WORD = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class Specification:
    """What is known of a hole: its file, Γ (empty when there are no types to be had), which constraints are on, and what
    types say for certain: asked for when the rest is compiled, so that whoever knows may still be at work."""

    native: Snapshot
    scope: tuple[ScopeEntry, ...] = ()
    on: frozenset[Constrained] = frozenset({"grammar", "scope", "names", "types"})
    certain: Callable[[], Certain] = Certain


@dataclass(frozen=True, slots=True)
class Compiled:
    """The two tiers that shape a walk; None for one that is off. The third, the exact verifiers, is the pipeline's."""

    hard: HardMask | None
    soft: SoftEnergy | None


class Compiler:
    """Constraints over the tokens of one model; made once. Thread-safe."""

    def __init__(self, tokenizer: Tokenizer, minor: int = sys.version_info.minor) -> None:
        """`minor`: of the Python 3 that files are written for."""
        self._grammar = Grammar(tokenizer.names, minor)
        self._words = Words(tokenizer)
        self._names = tokenizer.names

    def compile(self, specification: Specification, tokens: Tokens, where: Bounds) -> Compiled:
        """The constraints of one hole."""
        grammar = self._grammar.mask(tokens, where) if "grammar" in specification.on else None
        hard = self._words_in(specification, tokens, where, grammar)
        terms = self._terms(specification, tokens, where)
        return Compiled(hard, SoftEnergy(terms) if terms else None)

    def _words_in(self, specification: Specification, tokens: Tokens, where: Bounds, grammar: HardMask | None) -> HardMask | None:
        """The grammar's mask, narrowed by what words can be. Keys and literals belong to types."""
        around = surrounding(tokens, where)
        if around is None or not specification.on & {"scope", "types"}:
            return grammar
        certain = specification.certain()
        if "types" not in specification.on:
            certain = replace(certain, keys={}, strings=None)
        known = known_at(specification.native, *where.hole.span, certain)
        if "scope" not in specification.on:
            known = Known(None, Certain(keys=certain.keys, strings=certain.strings))
        return WordMask(self._words, self._names, known, around, grammar)

    def _terms(self, specification: Specification, tokens: Tokens, where: Bounds) -> tuple[Term, ...]:
        terms: list[Term] = []
        if "names" in specification.on:
            before = int(tokens.ids[where.first - 1])
            terms.append(names_in_sight(self._words, specification.scope, _words_of(specification.native, where), before))
            terms.append(control_flow(specification.native, where.hole.span.start, self._words.size))
        if "types" in specification.on and specification.scope:
            terms.append(types_in_sight(self._words, specification.scope))
        return tuple(terms)


def _words_of(native: Snapshot, where: Bounds) -> Sequence[str]:
    """Every word of the file outside of the hole: names, keyword arguments, attributes, and words of comments, which do no harm."""
    text = native.text().encode()
    outside = text[: where.hole.span.start] + b" " + text[where.hole.span.end :]
    return list(dict.fromkeys(WORD.findall(outside.decode("utf-8", "replace"))))
