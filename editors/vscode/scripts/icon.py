"""Draw media/icon.png: a dashed square, the hole, with the three dots that stand for it in Python. Standard library alone."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

SIZE, SAMPLES = 256, 4
BACKGROUND, EDGE, DOT = (28, 33, 52), (126, 200, 255), (255, 207, 92)
TARGET = Path(__file__).resolve().parents[1] / "media" / "icon.png"


def colour(x: float, y: float) -> tuple[int, int, int, int]:
    """RGBA at a point, both coordinates in [0, 1]."""
    if not _rounded(x, y, 0.5, 0.18):
        return 0, 0, 0, 0
    if any((x - cx) ** 2 + (y - 0.5) ** 2 < 0.045**2 for cx in (0.36, 0.5, 0.64)):
        return *DOT, 255
    on_edge = _rounded(x, y, 0.31, 0.06) and not _rounded(x, y, 0.265, 0.03)
    along = x if abs(y - 0.5) > abs(x - 0.5) else y
    dashed = (along - 0.19) % 0.155 < 0.1 or min(abs(x - 0.5), abs(y - 0.5)) > 0.2
    return (*EDGE, 255) if on_edge and dashed else (*BACKGROUND, 255)


def _rounded(x: float, y: float, half: float, radius: float) -> bool:
    """Whether a point is in the centred square of that half width with rounded corners."""
    dx, dy = (max(0.0, abs(value - 0.5) - half + radius) for value in (x, y))
    return dx * dx + dy * dy <= radius * radius


def pixel(column: int, row: int) -> bytes:
    """The mean over a grid of samples, colour weighted by opacity."""
    points = [(n + 0.5) / SAMPLES for n in range(SAMPLES)]
    found = [colour((column + dx) / SIZE, (row + dy) / SIZE) for dx in points for dy in points]
    opacity = sum(each[3] for each in found)
    channels = [round(sum(each[n] * each[3] for each in found) / opacity) if opacity else 0 for n in range(3)]
    return bytes([*channels, round(opacity / len(found))])


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG file."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def main() -> None:
    """Write the file."""
    rows = b"".join(b"\0" + b"".join(pixel(column, row) for column in range(SIZE)) for row in range(SIZE))
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 6, 0, 0, 0)
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


if __name__ == "__main__":
    main()
