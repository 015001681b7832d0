"""What the tests of repair share: one warm oracle, and the repairs of a small file's first error."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from mending import DEADLINE_MS, Diagnosed

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.pipeline import Pipeline
from astral_runtime.repair import Diagnosis, PipelineVerifiers, diagnose
from astral_runtime.types.client import Oracle, OracleSettings


@pytest.fixture(scope="session")
def verifiers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PipelineVerifiers]:
    """Verifiers over a warm oracle of an empty workspace."""
    warm = Oracle(OracleSettings(root=tmp_path_factory.mktemp("workspace")))
    yield PipelineVerifiers(Pipeline(warm))
    warm.close()


@pytest.fixture
def diagnosed(verifiers: PipelineVerifiers, tmp_path: Path) -> Iterator[Diagnosed]:
    """The diagnosis of an unsaved buffer; closed afterwards."""
    opened: list[Path] = []

    def make(text: str, name: str = "buffer.py") -> Diagnosis:
        path = tmp_path / name
        opened.append(path)
        return diagnose(verifiers, DocumentSnapshot(path, Snapshot(text), 1, tmp_path), DEADLINE_MS)

    yield make
    for path in opened:
        verifiers.pipeline.oracle.forget(path)
