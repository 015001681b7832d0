"""Exact and near duplicates (MinHash over pairs of lines): a file is kept only when nothing before it is nearly the same.

Held-out packages come first, so that a copy in a training package goes and the held-out file stays.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from itertools import pairwise

from datasketch import MinHash, MinHashLSH

from astral_models.corpus.clean import Source

THRESHOLD = 0.7
PERMUTATIONS = 64
MIN_SHINGLES = 8


def deduplicate(sources: Iterable[Source]) -> Iterator[tuple[Source, str | None]]:
    """Each source with "exact" or "near" when an earlier one says the same, else None."""
    seen: set[bytes] = set()
    index = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
    for source in sources:
        lines = [line.strip() for line in source.text.splitlines() if line.strip()]
        digest = hashlib.blake2b("\n".join(lines).encode(), digest_size=16).digest()
        if digest in seen:
            yield source, "exact"
            continue
        seen.add(digest)
        yield source, _near(index, f"{source.package}/{source.path}", lines)


def _near(index: MinHashLSH, key: str, lines: list[str]) -> str | None:
    shingles = {f"{first}\n{second}".encode() for first, second in pairwise(lines)}
    if len(shingles) < MIN_SHINGLES:
        return None
    sketch = MinHash(num_perm=PERMUTATIONS, hashfunc=zlib.crc32)
    sketch.update_batch(shingles)
    if index.query(sketch):
        return "near"
    index.insert(key, sketch)
    return None
