"""Case files: a first line that explains the marks, then sections `=== name` with the source beneath."""

from __future__ import annotations

from pathlib import Path


def sections(name: str) -> dict[str, str]:
    """The sections of a case file of this folder, by name."""
    text = (Path(__file__).parent / name).read_text("utf-8")
    parts = text.split("\n=== ")[1:]
    return {title: body + "\n" for title, _, body in (part.removesuffix("\n").partition("\n") for part in parts)}
