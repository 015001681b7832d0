"""A runner at the highest level that this machine has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from astral_runtime.examples.runner import Runner
from astral_runtime.sandbox.run import SandboxSettings


@pytest.fixture(scope="session")
def runner() -> Iterator[Runner]:
    """One for all tests: level 1 where there is bubblewrap, else limits only; the tests' own code is harmless."""
    made = Runner(SandboxSettings(trusted=True, limits_only=True))
    yield made
    made.close()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace for documents that need no files: all of them share one warm worker."""
    return tmp_path_factory.mktemp("workspace")
