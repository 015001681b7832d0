"""Where the bundled weights lie, found without importing the package that ships them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

PACKAGE = "astral_models"


def bundled_weights(name: str = "nano") -> Path | None:
    """Folder of the weights that were installed with us; None when that package is absent. Whether they are whole is not asked here."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        return None
    return Path(found.submodule_search_locations[0]) / "weights" / name
