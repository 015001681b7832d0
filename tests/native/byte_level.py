"""A byte-level vocabulary of Qwen's shape, trained on the spot, and holes cut out of real files."""

from __future__ import annotations

import ast
import random
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

SPLIT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
"""How Qwen's tokenizer parts text before it joins bytes: punctuation takes line ends, blanks take lines."""
END = "<|endoftext|>"
FILES = 40


def real_files(seed: int) -> list[str]:
    """Modules of the standard library."""
    paths = sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py"))
    texts = (path.read_text(encoding="utf-8", errors="replace") for path in random.Random(seed).sample(paths, len(paths)))
    return [text for text in texts if 1_000 < len(text) < 30_000][:FILES]


def trained(texts: list[str], size: int) -> Tokenizer:
    """A byte-level BPE tokenizer."""
    tokenizer = Tokenizer(models.BPE())
    parts = pre_tokenizers.Split(Regex(SPLIT), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(list(parts))
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=[END], initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


@dataclass(frozen=True, slots=True)
class Cut:
    """A text in three: before a hole, what stood in it, and behind it."""

    before: str
    inside: str
    after: str


def cut(text: str, chance: random.Random) -> Cut:
    """A hole of one to six lines, with or without their indentation and their end, or of up to sixty characters anywhere."""
    if chance.random() < 0.5:
        start = chance.randrange(len(text))
        end = min(len(text), start + chance.randint(1, 60))
        return Cut(text[:start], text[start:end], text[end:])
    lines = text.splitlines(keepends=True)
    first = chance.randrange(len(lines))
    last = min(len(lines), first + chance.choice([1, 1, 2, 6]))
    before, inside, after = ("".join(part) for part in (lines[:first], lines[first:last], lines[last:]))
    if chance.random() < 0.5:
        blanks = len(inside) - len(inside.lstrip(" "))
        before, inside = before + inside[:blanks], inside[blanks:]
    if chance.random() < 0.5 and inside.endswith("\n"):
        inside, after = inside[:-1], "\n" + after
    return Cut(before, inside, after)


def parses(text: str) -> bool:
    """As `ast.parse` says."""
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True
