"""A look into an ONNX file without loading it: does it refer to other files? ONNX Runtime would open any path that it names."""

from __future__ import annotations

from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
EXTERNAL_DATA, DATA_LOCATION = 13, 14
DEPTH_LIMIT = 32

TREE: dict[str, dict[int, str]] = {
    "model": {7: "graph", 25: "function"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
"""Messages of onnx.proto that can contain a tensor, by field number."""


def refers_to_other_files(data: bytes) -> bool:
    """Whether any tensor of the model lies in another file. ValueError when `data` is no well-formed message."""
    return _external(memoryview(data), "model", 0)


def _external(data: memoryview, message: str, depth: int) -> bool:
    if depth > DEPTH_LIMIT:
        raise ValueError("messages are nested too deep")
    inside = TREE[message]
    for number, wire, value in _fields(data):
        if message == "tensor" and (number == EXTERNAL_DATA or (number == DATA_LOCATION and value not in (0, None))):
            return True
        if number in inside and wire == BYTES and isinstance(value, memoryview) and _external(value, inside[number], depth + 1):
            return True
    return False


def _fields(data: memoryview) -> Iterator[tuple[int, int, memoryview | int | None]]:
    """Field number, wire type and value of each field of a message."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, wire = key >> 3, key & 7
        value: memoryview | int | None = None
        if wire == VARINT:
            value, at = _varint(data, at)
        elif wire == BYTES:
            size, at = _varint(data, at)
            value = data[at : at + size]
            at += size
        elif wire in (FIXED64, FIXED32):
            at += 8 if wire == FIXED64 else 4
        else:
            raise ValueError("a field has an unknown wire type")
        if at > len(data) or number == 0:
            raise ValueError("a field runs past the end of its message")
        yield number, wire, value


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise ValueError("a number runs past the end of its message")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
