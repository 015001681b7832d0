"""What is wrong with weights. A module of its own: whoever only catches it need not load numpy."""

from __future__ import annotations

from pathlib import Path


class ModelLoadError(Exception):
    """Weights at `path` cannot be used, for the reason `why`. Nothing of them was loaded."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why
