"""Whatever a candidate tries, nothing outside changes, nothing stays behind, and the worker goes on."""

from __future__ import annotations

import os
import platform
import socket
from pathlib import Path

import psutil
import pytest

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.runner import Runner
from astral_runtime.fill import Cancelled, CancelToken, Deadline
from astral_runtime.sandbox.inside.seccomp import MACHINES
from sandbox.hostile import HOSTILE, OUTLIVES, SWALLOWS


def outcome(runner: Runner, document: DocumentSnapshot, *texts: str) -> list[str]:
    """Outcomes of the verdicts on texts in the document's hole."""
    return [verdict.outcome for verdict in runner.verdicts(document, document.holes()[0], texts, CancelToken(), 15_000)]


def below(runner: Runner) -> list[psutil.Process]:
    """Processes below the workers, their own first processes left out."""
    workers = [psutil.Process(sandbox.pid) for sandbox in runner._sandboxes.values() if sandbox.pid is not None]
    allowed = 1 if runner.level.number == 1 else 0  # bubblewrap waits outside for the worker inside
    return [child for worker in workers for child in worker.children(recursive=True)[allowed:]]


def everything(root: Path) -> dict[str, str]:
    """Each path below a folder, with what it holds."""
    return {str(path.relative_to(root)): path.read_text() if path.is_file() else "" for path in sorted(root.rglob("*"))}


def test_nothing_escapes(runner: Runner, subject: DocumentSnapshot) -> None:
    """Every hostile candidate is refuted or skipped; files, processes and the network are as they were; the next candidate is judged."""
    assert subject.root is not None
    before = everything(subject.root)
    with socket.socket() as listening, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        datagrams.bind(("127.0.0.1", port))
        texts = {name: text.replace("VICTIM", str(subject.root / "victim")).replace("PORT", str(port)) for name, text in HOSTILE.items()}
        said = dict(zip(texts, outcome(runner, subject, *texts.values()), strict=True))
        for quiet in (listening, datagrams):
            quiet.setblocking(False)
            with pytest.raises(BlockingIOError):
                quiet.recvfrom(1) if quiet is datagrams else quiet.accept()
    assert [name for name, verdict in said.items() if verdict == "pass"] == []
    assert everything(subject.root) == before
    assert below(runner) == []
    assert not [name for name in os.listdir("/tmp") if name.startswith("astral-l")]
    assert outcome(runner, subject, "1", "2") == ["pass", "fail"]
    assert all(sandbox.filtered in (True, None) for sandbox in runner._sandboxes.values()) or platform.machine() not in MACHINES


def test_what_outlives_its_run_is_ended(runner: Runner, subject: DocumentSnapshot) -> None:
    """A thread that goes on disturbs no later candidate and is gone afterwards."""
    assert outcome(runner, subject, OUTLIVES, "1", "2") == ["pass", "pass", "fail"]
    assert below(runner) == []


def test_files_of_one_run_are_not_there_for_the_next(runner: Runner, subject: DocumentSnapshot) -> None:
    """A folder for temporary files is there at level 1, small, and empty for every candidate, however full the one before left it."""
    fills = "[open('/tmp/astral-%d' % n, 'wb').write(bytes(1 << 19)) for n in range(100)] and 1"
    leaves = "open('/tmp/astral-left', 'w').write('x')"
    looks = "0 if __import__('os').path.exists('/tmp/astral-left') else 1"
    writable = ["fail", "pass", "pass", "pass"]
    denied = ["skipped", "skipped", "pass", "skipped"]
    assert outcome(runner, subject, fills, leaves, looks, leaves) == (writable if runner.level.number == 1 else denied)


def test_a_loop_that_swallows_its_end(runner: Runner, subject: DocumentSnapshot) -> None:
    """Catching every exception does not keep a loop alive; the run counts as one that did not end."""
    text = subject.text + SWALLOWS.replace("def one", "def two")
    loop = DocumentSnapshot(subject.path, Snapshot(text), root=subject.root)
    found = runner.verdicts(loop, loop.holes()[0], ["two()", "1"], CancelToken(), 15_000)
    assert [(verdict.outcome, "did not end" in verdict.why) for verdict in found] == [("fail", True), ("pass", False)]


def test_many_examples_share_no_clock(runner: Runner, subject: DocumentSnapshot) -> None:
    """Each example has its own time: together they may take longer than one may, and one that hangs is ended after its own time."""
    lines = "".join(f"    slow({number}) == {number}\n" for number in range(6))
    text = f'import time\n\ndef slow(n):\n    """\n{lines}    """\n    time.sleep(0.1)\n    return ...\n'
    document = DocumentSnapshot(subject.path, Snapshot(text), root=subject.root)
    found = runner.verdicts(document, document.holes()[0], ["n", "n if n < 5 else time.sleep(60)"], CancelToken(), 30_000)
    assert [(verdict.outcome, verdict.why[:12]) for verdict in found] == [("pass", "6/6 examples"), ("fail", "5/6 examples")]


@pytest.mark.parametrize(
    ("module", "why"),
    [
        ("while True: pass\n", "not run to their end: timeout"),
        ("import os; os._exit(7)\n", "not run to their end: exited"),
        ("import os; os.kill(os.getpid(), 9)\n", "not run to their end: killed by SIGKILL"),
        ("import os, time\nif os.fork(): time.sleep(60)\ntime.sleep(60)\n", "not run to their end: timeout"),
        ("import os, time\nif not os.fork(): os.setsid(); os.fork(); time.sleep(60)\nwhile True: pass\n", "not run to their end: timeout"),
        ("raise ValueError('no')\n", "the module does not load: ValueError: no"),
        ("import nowhere_to_be_found\n", "the module does not load: ModuleNotFoundError"),
        ("def broken(:\n", "the module does not load: SyntaxError"),
    ],
)  # fmt: skip
def test_a_module_that_does_not_load(runner: Runner, subject: DocumentSnapshot, module: str, why: str) -> None:
    """Nothing is claimed of its candidates, the reason is said, nothing is left, and another document is judged as ever."""
    broken = DocumentSnapshot(subject.path, Snapshot(module + subject.text), root=subject.root)
    found = runner.verdicts(broken, broken.holes()[0], ["1"], CancelToken(), 700)
    assert [(verdict.outcome, why in verdict.why) for verdict in found] == [("skipped", True)], found
    assert below(runner) == []
    assert outcome(runner, subject, "1") == ["pass"]


def test_cancelling_ends_what_runs(runner: Runner, subject: DocumentSnapshot) -> None:
    """A cancelled request leaves no process; the worker stays usable."""
    assert outcome(runner, subject, "1") == ["pass"]
    with pytest.raises(Cancelled):
        runner.verdicts(subject, subject.holes()[0], ["__import__('time').sleep(3600)"] * 50, Deadline(CancelToken(), 200), 60_000)
    assert below(runner) == []
    assert outcome(runner, subject, "1") == ["pass"]


def test_killed_from_outside(runner: Runner, subject: DocumentSnapshot) -> None:
    """A worker that somebody kills is started again; closing leaves no process behind."""
    assert outcome(runner, subject, "1") == ["pass"]
    (sandbox,) = runner._sandboxes.values()
    assert sandbox.pid is not None
    worker = psutil.Process(sandbox.pid)
    inside = worker.children(recursive=True)
    worker.kill()
    assert outcome(runner, subject, "1") == ["pass"]
    last = psutil.Process(sandbox.pid)
    inside += [last, *last.children(recursive=True)]
    runner.close()
    _, alive = psutil.wait_procs(inside, timeout=5)
    assert alive == []


def test_the_environment_is_scrubbed(runner: Runner, subject: DocumentSnapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the user's reaches the workspace's code."""
    monkeypatch.setenv("ASTRAL_SECRET", "told to nobody")
    probe = "__import__('os').environ.get('ASTRAL_SECRET', 1)"
    assert outcome(runner, subject, probe, "1") == ["pass", "pass"]


def test_many_runs_leave_nothing(runner: Runner, subject: DocumentSnapshot) -> None:
    """1,000 candidates in a hundred requests: 0 processes and 0 file descriptors stay."""
    outcome(runner, subject, "1")
    mine = psutil.Process()
    before = mine.num_fds()
    for first in range(0, 1000, 100):
        said = outcome(runner, subject, *(str(number) for number in range(first, first + 100)))
        assert [first + at for at, verdict in enumerate(said) if verdict == "pass"] == ([1] if first == 0 else [])
    assert below(runner) == []
    assert mine.num_fds() == before
