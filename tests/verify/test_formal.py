"""Contracts of a hole's function, by CrossHair in the sandbox: only what is confirmed over all paths passes."""

from __future__ import annotations

import os
import venv
from importlib import util
from pathlib import Path

import pytest

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.program import program
from astral_runtime.examples.runner import Runner
from astral_runtime.fill import CancelToken, Candidate
from astral_runtime.sandbox.run import SandboxSettings
from astral_runtime.verify import formal
from astral_runtime.verify.formal import NOT_ASKED, NOT_INSTALLED, contracted, judged, verdicts
from astral_runtime.verify.spec import Verdict

MS = 60_000

needs_crosshair = pytest.mark.skipif(util.find_spec("crosshair") is None, reason="pip install 'astral-lsp[formal]'")

UP = 'def up(x: int) -> int:\n    """\n    post: __return__ > x\n    """\n    return ...\n'
METHOD = 'class Box:\n    def take(self, n: int) -> int:\n        """\n        pre: n > 0\n        post: __return__ > 0\n        """\n        return ...\n'
ASSERTED = "def down(x: int) -> int:\n    assert x > 0\n    y = ...\n    assert y >= 0\n    return y\n"
REVERSED = 'def back(s: str) -> str:\n    """\n    post: __return__[::-1] == s\n    """\n    return ...\n'
OTHER_HOLE = UP + "\n\ndef other(x: int) -> int:\n    return ...\n"

CASES = [
    (UP, "x + 1", "pass", "1 of 1 conditions confirmed over all paths"),
    (UP, "x", "fail", "false when calling up("),
    (UP, "x if x == 777 else x + 1", "fail", "false when calling up(777)"),
    (UP, "nothing", "fail", "NameError"),
    (METHOD, "n", "pass", "confirmed over all paths"),
    (METHOD, "n - 1", "fail", "1) (which returns 0)"),
    (ASSERTED, "x - 1", "pass", "confirmed over all paths"),
    (ASSERTED, "x - 2", "fail", "AssertionError"),
    (ASSERTED, "open('evil', 'w').write('')", "skipped", "SideEffectDetected"),
    (ASSERTED, "__import__('os').system('touch evil')", "skipped", "SideEffectDetected"),
    (OTHER_HOLE, "x + 2", "pass", "confirmed over all paths"),
]


def opened(folder: Path, text: str, name: str = "subject.py") -> DocumentSnapshot:
    """A document whose file is on disk."""
    (folder / name).write_text(text)
    return DocumentSnapshot(folder / name, Snapshot(text), root=folder)


def said(runner: Runner, document: DocumentSnapshot, *texts: str, ms: int = MS) -> tuple[Verdict, ...]:
    """The verdicts of fills of the first hole."""
    return verdicts(runner, document, document.holes()[0], texts, CancelToken(), ms)


@needs_crosshair
@pytest.mark.parametrize(("text", "fill", "outcome", "why"), CASES)
def test_a_contract_judges_a_fill(runner: Runner, folder: Path, text: str, fill: str, outcome: str, why: str) -> None:
    """A counterexample refutes; confirmation over all paths passes; what CrossHair will not run is left open, and leaves nothing behind."""
    (verdict,) = said(runner, opened(folder, text), fill)
    assert (verdict.domain, verdict.outcome) == ("spec", outcome), verdict.why
    assert why in verdict.why
    assert not (folder / "evil").exists()
    assert not os.path.exists("evil")


@needs_crosshair
def test_what_is_not_confirmed_in_time_is_no_pass(runner: Runner, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """True of every string, but not to be proven of all of them: skipped, with the time that was spent."""
    monkeypatch.setattr(formal, "MOST_S", 0.5)
    (verdict,) = said(runner, opened(folder, REVERSED), "s[::-1]")
    assert (verdict.outcome, verdict.why) == ("skipped", "not confirmed within 500 ms")


@needs_crosshair
def test_a_fill_that_never_ends_is_ended(runner: Runner, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its process is killed; the next candidate is judged all the same."""
    monkeypatch.setattr(formal, "MOST_S", 1.0)
    hanging, fine = said(runner, opened(folder, UP), "[None for _ in iter(int, 1)]", "x + 1")
    assert (hanging.outcome, fine.outcome) == ("skipped", "pass")
    assert "not confirmed within" in hanging.why


@needs_crosshair
def test_an_assert_of_an_unsaved_file_is_not_confirmed(runner: Runner, folder: Path) -> None:
    """Without the file CrossHair takes every failing assert for a precondition."""
    document = DocumentSnapshot(folder / "unsaved.py", Snapshot(ASSERTED), root=folder)
    (verdict,) = said(runner, document, "x - 2")
    assert verdict.outcome == "skipped"


@needs_crosshair
def test_a_fault_within_the_fill_says_where(runner: Runner, folder: Path) -> None:
    """An error of the candidate's own line has its span in the candidate."""
    (verdict,) = said(runner, opened(folder, UP), "(\n        x + nothing\n    )")
    assert verdict.outcome == "fail"
    assert verdict.faults[0].span is not None
    assert "nothing" in "(\n        x + nothing\n    )"[slice(*verdict.faults[0].span)]


@needs_crosshair
def test_the_best_candidates_are_judged(runner: Runner, folder: Path) -> None:
    """Those that something refuted are not asked; the order stays."""
    document = opened(folder, UP)
    ran, wrong = (Verdict("syntax", "pass"), Verdict("types", "pass")), (Verdict("syntax", "pass"), Verdict("types", "fail"))
    candidates = [Candidate("x", 4.0, "search", ran), Candidate("x + 1", 3.0, "search", ran), Candidate("'x'", 2.0, "search", wrong)]
    found = judged(runner, document, document.holes()[0], candidates, CancelToken(), MS)
    assert [each.text for each in found] == ["x", "x + 1", "'x'"]
    assert [each.verdicts[-1].outcome for each in found] == ["fail", "pass", "skipped"]
    assert found[2].verdicts == (*wrong, NOT_ASKED)


def test_nothing_runs_in_a_workspace_that_is_not_trusted(tmp_path: Path) -> None:
    """The verdict says so."""
    document = opened(tmp_path, UP + f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    untrusted = Runner(SandboxSettings(tmp_path, trusted=False))
    (verdict,) = said(untrusted, document, "x + 1")
    untrusted.close()
    assert verdict.outcome == "skipped"
    assert "not trusted" in verdict.why
    assert not (tmp_path / "ran").exists()


def test_without_crosshair_the_verdict_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither we nor the workspace's own interpreter have it."""
    monkeypatch.setattr(formal, "_sites", list)
    venv.create(tmp_path / "bare")
    bare = Runner(SandboxSettings(tmp_path, str(tmp_path / "bare" / "bin" / "python"), trusted=True, limits_only=True))
    (verdict,) = said(bare, opened(tmp_path, UP), "x + 1")
    bare.close()
    assert (verdict.outcome, verdict.why) == ("skipped", NOT_INSTALLED)


ICONTRACT = "import icontract\n\n@icontract.ensure(lambda result: result > 0)\ndef f(x: int) -> int:\n    return ...\n"
CONTRACTED = [
    (UP, ["up"]),
    (METHOD, ["Box", "take"]),
    (ASSERTED, ["down"]),
    (ICONTRACT, ["f"]),
    ("from icontract import require as r, require\n@require(lambda x: x)\nasync def f(x):\n    return ...\n", ["f"]),
    ('class Box:\n    """inv: self.n > 0"""\n    def f(self):\n        return ...\n', ["Box", "f"]),
    ("def out(x):\n    assert x\n    def inner():\n        return ...\n    return inner\n", ["out"]),
    ("def f(x):\n    return ...\n", "no contract of f was found (assert, PEP 316 or icontract)"),
    ("def f(x):\n    y = ...\n    assert y\n", "no contract of f was found (assert, PEP 316 or icontract)"),
    ("x = ...\n", "the hole is in no function"),
    ("class A:\n    x = ...\n", "the hole is in no function"),
    ("def f(x):\n    assert x\n    return ...\n\ndef g(:\n", "the file does not parse"),
]


@pytest.mark.parametrize(("text", "names"), CONTRACTED)
def test_which_functions_have_a_contract(tmp_path: Path, text: str, names: list[str] | str) -> None:
    """The way to the outermost function around the hole, or why CrossHair is not asked."""
    document = opened(tmp_path, text)
    assert contracted(program(document, document.holes()[0])) == names
