"""Keeps outside benchmarks out of the corpus: what judges us must not have been read.

A file goes when it names a benchmark, or uses an identifier whose hash is on the list of the benchmarks' distinctive function names.
Only hashes are kept here, so the list itself gives nothing of the benchmarks away. Names that ordinary libraries share
(`is_prime`, `median`) are not on it; such a file goes only by its mention.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

MENTION = re.compile(r"human[_ -]?eval|\bmbpp\b|quix[_ -]?bugs|eval[_-]?plus|bugs[_-]?in[_-]?py|\bpyty\b|live[_-]?code[_-]?bench", re.I)
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{5,}")
NAMES = Path(__file__).with_name("benchmark_names.txt")


def contamination(text: str) -> str | None:
    """Why the text may hold benchmark material ("mention", "name"), or None."""
    if MENTION.search(text):
        return "mention"
    hashes = benchmark_hashes()
    return "name" if any(name_hash(name) in hashes for name in set(IDENTIFIER.findall(text))) else None


@cache
def benchmark_hashes() -> frozenset[str]:
    """Hashes of the benchmarks' distinctive function names."""
    return frozenset(NAMES.read_text(encoding="utf-8").split())


@cache
def name_hash(name: str) -> str:
    """Twelve hexadecimal digits that stand for a name."""
    return hashlib.blake2b(name.encode(), digest_size=6).hexdigest()
