"""Which level is in force, why no higher one, and what each lets a candidate see."""

from __future__ import annotations

from pathlib import Path

import pytest

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.runner import Runner
from astral_runtime.fill import CancelToken
from astral_runtime.sandbox import level
from astral_runtime.sandbox.level import Bubblewrap, Level
from astral_runtime.sandbox.run import NotRun, Sandbox, SandboxSettings, Task

WORKS = Bubblewrap("bwrap", disables_namespaces=True)


@pytest.mark.parametrize(
    ("found", "trusted", "limits_only", "expected"),
    [
        (WORKS, True, False, Level(1, "bubblewrap")),
        (WORKS, True, True, Level(1, "bubblewrap")),
        (WORKS, False, True, Level(0, "off", "the workspace is not trusted: none of its code is run")),
        ("not installed", True, True, Level(3, "limits only", "not installed")),
        ("not installed", True, False, Level(0, "off", "not installed; running with limits only is off")),
        ("not installed", False, True, Level(0, "off", "the workspace is not trusted: none of its code is run")),
    ],
)  # fmt: skip
def test_level(monkeypatch: pytest.MonkeyPatch, found: Bubblewrap | str, trusted: bool, limits_only: bool, expected: Level) -> None:
    """The highest level that is there and allowed; trust goes before everything, and a lower level says why."""
    monkeypatch.setattr(level, "bubblewrap", lambda: found)
    assert level.level(trusted=trusted, limits_only=limits_only) == expected


def test_nothing_runs_untrusted(tmp_path: Path) -> None:
    """By default no process is started, and the reason is the verdict's."""
    with_hole = '"""\n>>> f()\n1\n"""\ndef f(): return ...\n'
    document = DocumentSnapshot(tmp_path / "m.py", Snapshot(with_hole), root=tmp_path)
    runner = Runner(SandboxSettings())
    runner.warm(document)
    (verdict,) = runner.verdicts(document, document.holes()[0], ["1"], CancelToken(), 1000)
    assert (verdict.domain, verdict.outcome, verdict.why) == ("tests", "skipped", "the workspace is not trusted: none of its code is run")
    assert [sandbox.pid for sandbox in runner._sandboxes.values()] == [None]


def test_an_interpreter_that_is_not_there(tmp_path: Path) -> None:
    """An outage is said, not raised."""
    sandbox = Sandbox(SandboxSettings(root=tmp_path, python=str(tmp_path / "no-python"), trusted=True, limits_only=True))
    ran = sandbox.run(Task("astral_runtime.examples.inside.judge:judge", {}), 5000, CancelToken())
    sandbox.close()
    assert isinstance(ran, NotRun)
    assert ran.why.startswith("the sandbox did not start")


def test_what_bubblewrap_shows(tmp_path: Path) -> None:
    """At level 1 the workspace is there to be read, and the user's other files are not there at all."""
    if isinstance(found := level.bubblewrap(), str):
        pytest.skip(f"level 1 cannot be had: {found}")
    root = tmp_path / "workspace"
    root.mkdir()
    (root / "data").write_text("1")
    (tmp_path / "private").write_text("1")
    source = f'def f(name):\n    """\n    >>> f("workspace/data")\n    1\n    >>> f("private")\n    1\n    """\n    return ...\n'  # noqa: F541 - one text
    document = DocumentSnapshot(root / "m.py", Snapshot(source), root=root)
    runner = Runner(SandboxSettings(trusted=True))
    (verdict,) = runner.verdicts(document, document.holes()[0], [f"int(open({str(tmp_path)!r} + '/' + name).read())"], CancelToken(), 5000)
    runner.close()
    assert verdict.outcome == "fail"
    assert verdict.why.startswith('1/2 examples; f("private") (m.py line 5) raised FileNotFoundError')
