"""A split on disk as memory maps: token ids, AST columns, file boundaries and hole spans, each one flat little-endian array."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from astral_models.corpus.clean import Source, parsed
from astral_models.corpus.spans import BOOLEAN, Spans, hole_spans
from astral_models.tokenizer import encode
from astral_runtime.context.tokenise import Tokenizer
from astral_runtime.context.tokens import Tokens
from astral_runtime.context.vocabulary import EOS

COLUMNS = {"ids": np.uint16, "node": np.uint8, "depth": np.uint8, "sibling": np.uint8, "scope": np.uint8}
LARGEST = {"ids": 65_535, "node": 255, "depth": 255, "sibling": 255, "scope": 255}
SPAN_COLUMNS = {"start": np.uint32, "length": np.uint8, "kind": np.uint8, "typed": np.int64, "type_length": np.uint8}


@dataclass(frozen=True, slots=True)
class Shard:
    """A split, memory-mapped. `files`, `packages`: first token of each; `span_*`: hole spans by start; `typed`: absolute, −1 is `bool`."""

    ids: NDArray[np.uint16]
    node: NDArray[np.uint8]
    depth: NDArray[np.uint8]
    sibling: NDArray[np.uint8]
    scope: NDArray[np.uint8]
    files: NDArray[np.uint32]
    packages: NDArray[np.int64]
    span_start: NDArray[np.uint32]
    span_length: NDArray[np.uint8]
    span_kind: NDArray[np.uint8]
    span_typed: NDArray[np.int64]
    span_type_length: NDArray[np.uint8]
    digest: str
    """Hash of the token stream: the corpus that a run names in its manifest."""

    def __len__(self) -> int:
        return len(self.ids)


def open_shard(folder: Path) -> Shard:
    """Maps what write_shard wrote. FileNotFoundError when the corpus was not built."""
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    tokens = {name: np.memmap(folder / f"{name}.bin", dtype, "r") for name, dtype in COLUMNS.items()}
    spans = {f"span_{name}": np.memmap(folder / f"span_{name}.bin", dtype, "r") for name, dtype in SPAN_COLUMNS.items()}
    files = np.fromfile(folder / "files.bin", np.uint32)
    packages = first_tokens(files, meta["tokens"], list(meta["packages"].values()))
    return Shard(**tokens, files=files, packages=packages, **spans, digest=meta["digest"])  # type: ignore[arg-type]  # numpy types memmap by its runtime dtype


def first_tokens(files: NDArray[np.uint32], tokens: int, sizes: Sequence[int]) -> NDArray[np.int64]:
    """First token of each package. `sizes`: tokens of the packages in their order, the [EOS] behind each file not counted."""
    ends = np.append(files[1:], tokens).astype(np.int64)
    before = np.cumsum(ends - files - 1) - (ends - files - 1)  # tokens in front of each file
    return np.asarray(files, np.int64)[np.searchsorted(before, np.cumsum([0, *sizes[:-1]]))]


def write_shard(sources: Iterable[Source], tokenizer: Tokenizer, folder: Path) -> dict[str, Any]:
    """Tokenises sources into `folder`, an [EOS] behind each file, and returns tokens per package, counts and the digest."""
    folder.mkdir(parents=True, exist_ok=True)
    digest, files, packages, at = hashlib.sha256(), [], Counter[str](), 0
    outputs = _Outputs(folder)
    try:
        for source in sources:
            tree = parsed(source.text)
            encoding = encode(tokenizer, source.text)
            if tree is None or not len(encoding):
                continue
            outputs.tokens(encoding, digest)
            outputs.spans(hole_spans(source.text, tree, encoding), at)
            files.append(at)
            packages[source.package] += len(encoding)
            at += len(encoding) + 1
    finally:
        outputs.close()
    np.asarray(files, np.uint32).tofile(folder / "files.bin")
    meta = {"tokens": at, "files": len(files), "digest": digest.hexdigest(), "packages": dict(packages), "spans": outputs.count}
    (folder / "meta.json").write_text(json.dumps(meta, indent=1), encoding="utf-8")
    return meta


class _Outputs:
    """The open column files of a shard that is being written."""

    def __init__(self, folder: Path) -> None:
        self.token_files: dict[str, IO[bytes]] = {name: (folder / f"{name}.bin").open("wb") for name in COLUMNS}
        self.span_files: dict[str, IO[bytes]] = {name: (folder / f"span_{name}.bin").open("wb") for name in SPAN_COLUMNS}
        self.count = 0

    def tokens(self, encoding: Tokens, digest: Any) -> None:
        for name, dtype in COLUMNS.items():
            column = np.minimum(np.append(getattr(encoding, name), EOS if name == "ids" else 0), LARGEST[name])
            data = column.astype(dtype).tobytes()
            if name == "ids":
                digest.update(data)
            self.token_files[name].write(data)

    def spans(self, spans: Spans, offset: int) -> None:
        absolute = np.where(spans.typed == BOOLEAN, BOOLEAN, spans.typed + offset)
        columns = {
            "start": spans.start + offset,
            "length": spans.length,
            "kind": spans.kind,
            "typed": absolute,
            "type_length": spans.type_length,
        }
        for name, dtype in SPAN_COLUMNS.items():
            self.span_files[name].write(columns[name].astype(dtype).tobytes())
        self.count += len(spans.start)

    def close(self) -> None:
        for output in (*self.token_files.values(), *self.span_files.values()):
            output.close()
