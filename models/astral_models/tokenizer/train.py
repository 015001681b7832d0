"""Learns the subwords: byte-pair encoding over the words, numbers, literals and comments of the training split."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from tokenizers import Regex
from tokenizers import Tokenizer as Subwords
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import Split
from tokenizers.trainers import BpeTrainer

from astral_native import lex
from astral_runtime.context.reading import COMMENT_KIND, F_MIDDLE, NAME, NUMBER, STRING, TEXT_PIECE
from astral_runtime.context.vocabulary import FIXED, ID, MARK

SEPARATOR = "\x1f"
ALPHABET = [MARK, "\n", *(chr(code) for code in range(33, 127))]
PROSE_EVERY = 3
"""Literals and comments of only every third file count: identifiers should fill the vocabulary."""


def learn(texts: Iterable[str], size: int) -> Subwords:
    """A vocabulary of `size` tokens: the fixed ones in their order, then the learnt subwords."""
    learner = Subwords(BPE())
    learner.pre_tokenizer = Split(Regex(SEPARATOR), "removed")  # type: ignore[assignment]  # the stub has a read-only property
    trainer = BpeTrainer(
        vocab_size=size - len(FIXED), initial_alphabet=ALPHABET, limit_alphabet=len(ALPHABET), max_token_length=24, show_progress=False
    )
    learner.train_from_iterator(map(SEPARATOR.join, _pieces(texts)), trainer)
    model = json.loads(learner.to_str())["model"]
    learnt = sorted(model["vocab"], key=model["vocab"].__getitem__)
    vocabulary = dict(ID)
    for token in learnt[: size - len(FIXED)]:
        vocabulary[token] = len(vocabulary)
    merges = [tuple(pair) for pair in model["merges"] if "".join(pair) in vocabulary]
    return Subwords(BPE(vocab=vocabulary, merges=merges, byte_fallback=True))


def _pieces(texts: Iterable[str]) -> Iterator[list[str]]:
    for number, text in enumerate(texts):
        data = text.encode("utf-8")
        lexemes = lex(text)
        kinds, starts, ends = lexemes.kinds(), memoryview(lexemes.starts()).cast("I"), memoryview(lexemes.ends()).cast("I")
        found: list[str] = []
        for kind, start, end in zip(kinds, starts, ends, strict=True):
            if kind in (NAME, NUMBER):
                found.append(MARK + data[start:end].decode("utf-8"))
            elif kind in (STRING, F_MIDDLE, COMMENT_KIND) and number % PROSE_EVERY == 0:
                found += [piece.replace(" ", MARK) for piece in TEXT_PIECE.findall(data[start:end].decode("utf-8"))]
        yield found


def save(subwords: Subwords, path: Path) -> None:
    """Writes `tokenizer.json`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(json.loads(subwords.to_str()), ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
