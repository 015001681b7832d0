"""A graph without its weights, and the weights → a graph that ONNX Runtime loads.

The shipped graphs are structure: they use initialisers that they do not hold. Those are appended here, in the form that the graph wants
them in. Appending is enough: a message that comes twice in a protobuf is merged, so its lists are joined.

Names of initialisers are `tensor`, `tensor|T` (transposed), and for matrices in whole numbers `tensor|T|int8` and `tensor|T|scale`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from astral_runtime.backends.tensors import Tensors

FLOAT, INT8 = 1, 3
GRAPH, INITIALISER = 7, 5
DIMS, DATA_TYPE, NAME, RAW = 1, 2, 8, 9
VARINT, BYTES = 0, 2
LEVELS = 63
"""Largest whole number of a weight: seven bits, so that two products with a byte fit the 16-bit sums of older processors."""

Stored = NDArray[np.float32] | NDArray[np.int8]


def complete(structure: bytes, names: Iterable[str], tensors: Tensors) -> bytes:
    """The graph with its initialisers. KeyError names the tensor or the form that is not there."""
    return b"".join([structure, *_message(GRAPH, [part for name in names for part in _initialiser(name, form(name, tensors))])])


def form(name: str, tensors: Tensors) -> Stored:
    """One initialiser: (n,) or (n, m) float32, or int8 with one scale per column."""
    tensor, *forms = name.split("|")
    matrix = tensors[tensor].astype(np.float32)
    if forms in ([], ["T"]):
        return np.ascontiguousarray(matrix.T if forms else matrix)
    if forms not in (["T", "int8"], ["T", "scale"]):
        raise KeyError(name)
    scale = column_scales(matrix.T)
    return scale if forms[-1] == "scale" else np.ascontiguousarray(np.rint(matrix.T / scale).astype(np.int8))


def column_scales(matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """What a whole number of each column of (k, n) stands for, (n,) > 0."""
    largest = np.abs(matrix).max(0)
    return np.where(largest > 0, largest / LEVELS, 1).astype(np.float32)


def _initialiser(name: str, value: Stored) -> list[bytes]:
    dims = b"".join(_number(DIMS, size) for size in value.shape)
    kind = _number(DATA_TYPE, INT8 if value.dtype == np.int8 else FLOAT)
    parts = [dims, kind, *_message(NAME, [name.encode()]), *_message(RAW, [value.tobytes()])]
    return list(_message(INITIALISER, parts))


def _message(number: int, parts: list[bytes]) -> Iterator[bytes]:
    yield _varint(number << 3 | BYTES) + _varint(sum(map(len, parts)))
    yield from parts


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3 | VARINT) + _varint(value)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
