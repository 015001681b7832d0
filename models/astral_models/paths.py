"""Where the models' own files are: data and runs beside the package (git-ignored), weights inside it."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parent
WEIGHTS = PACKAGE / "weights"
DATA = PACKAGE.parent / "data"
RUNS = PACKAGE.parent / "runs"
