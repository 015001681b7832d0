"""What the tests of the oracle share: one warm process for all of them, and documents out of marked text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.types.client import Oracle, OracleSettings


@pytest.fixture(scope="session")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Oracle]:
    """A warm oracle over an empty workspace."""
    root = tmp_path_factory.mktemp("workspace")
    warm = Oracle(OracleSettings(root=root))
    yield warm
    warm.close()


@pytest.fixture
def document(oracle: Oracle, tmp_path: Path) -> Iterator[Callable[..., DocumentSnapshot]]:
    """An unsaved buffer of its own name; closed afterwards."""
    opened: list[Path] = []

    def make(text: str, name: str = "buffer.py") -> DocumentSnapshot:
        path = tmp_path / name
        opened.append(path)
        return DocumentSnapshot(path, Snapshot(text), 1, tmp_path)

    yield make
    for path in opened:
        oracle.forget(path)
