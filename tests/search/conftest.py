"""One mypy cache for all in-process checks of a test run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .inprocess import Asked, InProcess

Ask = Callable[[str], Asked]
MARK = "HOLE"


@pytest.fixture(scope="session")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Asks mypy about the place that a source marks with HOLE."""
    root = tmp_path_factory.mktemp("asked")

    def ask(source: str) -> Asked:
        path = root / "shop.py"
        path.write_text(source)
        start = source.encode().index(MARK.encode())
        process = InProcess({"shop": path}, [root], root / "cache")
        return process.ask({"shop": source}, {"shop": {1: (start, start + len(MARK))}})[1]

    return ask
