"""Tensors of a `.safetensors` file: the length of a JSON header (8 bytes), the header, raw little-endian numbers. Nothing in it runs."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

LENGTH = 8
LONGEST_HEADER = 1 << 24
DTYPES: Mapping[str, np.dtype[Any]] = {"F16": np.dtype("<f2"), "F32": np.dtype("<f4")}
NOTES = "__metadata__"

Tensors = Mapping[str, NDArray[Any]]


def tensors(data: bytes) -> Tensors:
    """Every tensor by name, as a view of `data`. ValueError when it is no such file, or a tensor lies outside it or is of another type."""
    size = int.from_bytes(data[:LENGTH], "little")
    if len(data) < LENGTH or size > min(LONGEST_HEADER, len(data) - LENGTH):
        raise ValueError("its header is cut short")
    try:
        header = json.loads(data[LENGTH : LENGTH + size])
    except (ValueError, RecursionError) as wrong:
        raise ValueError("its header is no JSON") from wrong
    if not isinstance(header, dict):
        raise ValueError("its header is no object")
    body = memoryview(data)[LENGTH + size :]
    return {name: _tensor(name, entry, body) for name, entry in header.items() if name != NOTES}


def _tensor(name: str, entry: Any, body: memoryview) -> NDArray[Any]:
    try:
        dtype, shape, (start, end) = DTYPES[entry["dtype"]], entry["shape"], entry["data_offsets"]
    except (KeyError, TypeError, ValueError) as wrong:
        raise ValueError(f"{name} has no type, shape or place that is known here") from wrong
    numbers = [*shape, start, end] if isinstance(shape, list) else [None]
    if not all(type(number) is int and number >= 0 for number in numbers) or end > len(body):
        raise ValueError(f"{name} lies outside the file")
    if math.prod(shape) * dtype.itemsize != end - start:
        raise ValueError(f"{name} has {end - start} bytes, its shape says otherwise")
    return np.frombuffer(body[start:end], dtype).reshape(shape)
