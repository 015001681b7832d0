"""A workspace, and a runner at each level of the ladder that this machine has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.runner import Runner
from astral_runtime.sandbox import level, run
from astral_runtime.sandbox.limits import Limits
from astral_runtime.sandbox.run import SandboxSettings

SUBJECT = '''def one():
    """
    >>> one()
    1
    """
    return ...
'''

LIMITS = Limits(run_cpu_ms=100, run_wall_s=0.5, memory_mb=256, scratch_mb=8, file_mb=1)


@pytest.fixture(scope="module")
def subject(tmp_path_factory: pytest.TempPathFactory) -> DocumentSnapshot:
    """A workspace with one function, whose hole should be 1, and a file that nobody may touch."""
    root = tmp_path_factory.mktemp("workspace")
    (root / "victim").write_text("untouched")
    (root / "subject.py").write_text(SUBJECT)
    return DocumentSnapshot(root / "subject.py", Snapshot(SUBJECT), root=root)


@pytest.fixture(scope="module", params=[1, 3])
def runner(request: pytest.FixtureRequest) -> Iterator[Runner]:
    """A runner at level 1 where there is a bubblewrap that works, and at level 3 everywhere."""
    found = level.bubblewrap()
    if request.param == 1 and isinstance(found, str):
        pytest.skip(f"level 1 cannot be had: {found}")
    with pytest.MonkeyPatch.context() as patch:
        if request.param == 3:
            patch.setattr(level, "bubblewrap", lambda: "left out by this test")
            patch.setattr(run, "bubblewrap", lambda: "left out by this test")
        made = Runner(SandboxSettings(trusted=True, limits_only=True, limits=LIMITS))
        assert made.level.number == request.param
        yield made
        made.close()
