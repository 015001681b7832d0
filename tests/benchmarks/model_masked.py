"""How many hidden tokens of a hole the denoiser guesses at once, by what they are: keyword, operator, name in scope, attribute, literal."""

from __future__ import annotations

import builtins
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from model_cases import Case

from astral_native import Snapshot
from astral_runtime.backends.onnx import Model
from astral_runtime.context.state import ContextState
from astral_runtime.context.tokens import Ints, Tokens
from astral_runtime.context.vocabulary import ID, MASK, SPECIALS
from astral_runtime.denoise.place import Place, place
from astral_runtime.fill import CancelToken

KINDS = {"expression": "expression", "statement": "block"}
BUILTINS = frozenset(dir(builtins))
LEAST_SHARE = 0.1


def masked_accuracy(model: Model, cases: Iterable[Case], seed: int) -> dict[str, dict[str, float]]:
    """Of a share t ~ U(0.1, 1) of the tokens of each hole, hidden at its true length, how many one pass says right; by class, and over all."""
    right: Counter[str] = Counter()
    of: Counter[str] = Counter()
    states: dict[Path, ContextState] = {}
    for number, case in enumerate(cases):
        state = states.setdefault(case.file.path, ContextState(model.denoiser))
        for name, said, truth in _guesses(model, case, state, np.random.default_rng((seed, number))):
            for key in (name, "all"):
                of[key] += 1
                right[key] += said == truth
    return {name: {"share": round(right[name] / of[name], 4), "n": of[name]} for name in sorted(of)}


def _guesses(model: Model, case: Case, state: ContextState, chance: np.random.Generator) -> Iterator[tuple[str, int, int]]:
    """Class, guess and truth of every token that was hidden."""
    snapshot = Snapshot(case.file.data.decode())
    tokens = model.tokenizer.tokens(snapshot, state.tokens)
    first, last = tokens.at(*case.spans[0])
    truth = tokens.ids[first:last]
    if not 0 < len(truth) <= model.denoiser.serving.longest_hole:
        return
    hidden = np.zeros(len(truth), np.bool_)
    hidden[chance.permutation(len(truth))[: max(1, round(chance.uniform(LEAST_SHARE, 1) * len(truth)))]] = True
    around = state.around(tokens, first, last, CancelToken())
    said = _said(model, place(tokens, around, KINDS[case.form], (), model.denoiser.serving), np.where(hidden, MASK, truth))
    names = BUILTINS | {binding.name for binding in snapshot.scope(case.spans[0][0])}
    for index in np.flatnonzero(hidden).tolist():
        yield token_class(model, tokens, first + index, names), int(said[index]), int(truth[index])


def _said(model: Model, there: Place, ids: Ints) -> Ints:
    """The likeliest ordinary token of every slot."""
    share = np.array([(ids == MASK).mean()], np.float32)
    logits = model.denoiser.denoise(there.segments(ids[None], np.ones((1, len(ids)), np.bool_), share), there.conditioning(1)).logits[0]
    logits[:, : len(SPECIALS)] = -np.inf
    return np.asarray(logits.argmax(-1), np.int64)


def token_class(model: Model, tokens: Tokens, at: int, names: frozenset[str] | set[str]) -> str:
    """What the token at an index is part of."""
    name = model.tokenizer.names[tokens.ids[at]]
    if name.startswith("<kw>"):
        return "keyword" if name[4:].isalpha() else "operator"
    if name in ("<NEWLINE>", "<INDENT>", "<DEDENT>"):
        return "layout"
    lexeme = int(tokens.lexeme[at])
    word = tokens.lexed.data[tokens.lexed.starts[lexeme] : tokens.lexed.ends[lexeme]].decode()
    if not word.isidentifier():
        return "literal"
    begin = int(np.searchsorted(tokens.lexeme[1:-1], lexeme)) + 1
    if tokens.ids[begin - 1] == ID["<kw>."]:
        return "attribute"
    return "name in scope" if word in names else "other name"
