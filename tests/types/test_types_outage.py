"""Outages: the oracle cannot start, is killed, hangs, or is late. Every answer says so, and none claims a verdict."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from patience import DEADLINE_MS

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.holes import Fit
from astral_runtime.types.client import Oracle, OracleSettings, Unavailable

CODE = "def f(a: int, b: str) -> int:\n    return ...\n"
WITHOUT_MYPY = (sys.executable, "-P", "-c", "import sys; sys.modules['mypy'] = None; from astral_runtime.types.process import main; main()")
MUTE = (sys.executable, "-c", "import sys; sys.stdin.read()")
NOISE = (sys.executable, "-c", "print('this is no frame' * 100, flush=True); import sys; sys.stdin.read()")
ENDS = (sys.executable, "-c", "raise SystemExit(3)")
NO_SUCH_FILE = ("/nonexistent/python",)

posix_only = pytest.mark.skipif(os.name != "posix", reason="stops a process by signal")


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Oracle]]:
    """Oracles that are closed afterwards and leave no process."""
    before = {child.pid for child in psutil.Process().children()}
    made: list[Oracle] = []

    def start(**settings: object) -> Oracle:
        made.append(Oracle(OracleSettings(root=tmp_path, **settings)))  # type: ignore[arg-type]  # the tests name its fields
        return made[-1]

    yield start
    for oracle in made:
        oracle.close()
    assert {child.pid for child in psutil.Process().children()} <= before


@pytest.fixture
def code(tmp_path: Path) -> DocumentSnapshot:
    """A document with one hole."""
    return DocumentSnapshot(tmp_path / "code.py", Snapshot(CODE), 1, tmp_path)


def why(oracle: Oracle, document: DocumentSnapshot, deadline_ms: int) -> str:
    """The reason in every kind of answer; checks that none of them claims anything."""
    (hole,) = document.holes()
    (context,) = oracle.contexts(document, [hole], deadline_ms)
    assert context.expected_type is None
    assert {(entry.name, entry.type, entry.fits) for entry in context.scope} == {(name, None, None) for name in ("a", "b", "f")}
    (verdict,) = oracle.check(document, hole.span, [Fit("a", 0.0)], deadline_ms)
    assert (verdict.domain, verdict.outcome) == ("types", "skipped")
    assert verdict.why
    assert isinstance(oracle.search(document, hole, 5, deadline_ms), Unavailable)
    assert isinstance(oracle.diagnostics(document, deadline_ms), Unavailable)
    assert context.expected_because.startswith("type unknown (")
    return context.expected_because


@pytest.mark.parametrize(
    ("command", "reason", "state"),
    [
        (WITHOUT_MYPY, "mypy cannot be imported", "unavailable"),
        (MUTE, "did not answer in 300 ms: it is still starting", "cold"),
        (ENDS, "ended", "cold"),
        (NOISE, "ended", "cold"),
        (NO_SUCH_FILE, "cannot be started", "unavailable"),
    ],
    ids=["without mypy", "mute", "ends at once", "writes noise", "no such program"],
)
def test_no_oracle(make: Callable[..., Oracle], code: DocumentSnapshot, command: tuple[str, ...], reason: str, state: str) -> None:
    """Names stay, types are unknown and say why, verdicts are skipped."""
    oracle = make(command=command, restart_limit=1000, backoff_ms=0)
    deadline = 300 if command == MUTE else 30_000
    assert reason in why(oracle, code, deadline)
    assert oracle.state == state
    assert (oracle.state == "unavailable") == bool(oracle.why)


def test_an_ending_oracle_is_not_started_for_ever(make: Callable[..., Oracle], code: DocumentSnapshot) -> None:
    """After some ends in a row it counts as unavailable, until the window has passed."""
    oracle = make(command=ENDS, restart_limit=3, backoff_ms=0, restart_window_ms=60_000)
    reasons = [oracle.contexts(code, code.holes(), 30_000)[0].expected_because for _ in range(12)]
    assert "ended 3 times in 60 s" in reasons[-1]
    assert oracle.state == "unavailable"


def test_killed_between_questions(make: Callable[..., Oracle], code: DocumentSnapshot) -> None:
    """The next question finds a new process."""
    oracle = make()
    assert oracle.contexts(code, code.holes(), DEADLINE_MS)[0].expected_type == "int"
    first = oracle.pid
    assert first is not None
    psutil.Process(first).kill()
    psutil.wait_procs([psutil.Process(first)] if psutil.pid_exists(first) else [], timeout=10)
    answers = [oracle.contexts(code, code.holes(), DEADLINE_MS)[0].expected_type for _ in range(3)]
    assert answers[-1] == "int"
    assert oracle.pid not in (None, first)


@posix_only
def test_killed_while_asked(make: Callable[..., Oracle], code: DocumentSnapshot) -> None:
    """The open question is answered at once with the outage, and the next one by a new process."""
    oracle = make()
    oracle.contexts(code, code.holes(), DEADLINE_MS)
    pid = oracle.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)  # so that the question is surely open
    threading.Timer(0.3, os.kill, (pid, signal.SIGKILL)).start()
    begin = time.monotonic()
    (verdict,) = oracle.check(code, code.holes()[0].span, [Fit("a", 0.0)], DEADLINE_MS)
    assert (verdict.outcome, verdict.why) == ("skipped", "the oracle process ended")
    assert time.monotonic() - begin < DEADLINE_MS / 1000
    answers = [oracle.contexts(code, code.holes(), DEADLINE_MS)[0].expected_type for _ in range(3)]
    assert answers[-1] == "int"


@posix_only
def test_late_answers_are_discarded(make: Callable[..., Oracle], code: DocumentSnapshot) -> None:
    """A stopped process costs its questions their answers, but no later question gets an answer that is not its own."""
    oracle = make()
    oracle.contexts(code, code.holes(), DEADLINE_MS)
    pid = oracle.pid
    assert pid is not None
    other = DocumentSnapshot(code.path.with_name("other.py"), Snapshot("x: str = ...\n"), 1, code.root)
    os.kill(pid, signal.SIGSTOP)
    assert why(oracle, code, 100) == "type unknown (the oracle did not answer in 100 ms)"
    os.kill(pid, signal.SIGCONT)
    assert oracle.contexts(other, other.holes(), DEADLINE_MS)[0].expected_type == "str"
    assert oracle.contexts(code, code.holes(), DEADLINE_MS)[0].expected_type == "int"
    assert oracle.pid == pid


@posix_only
def test_a_stuck_process_is_killed(make: Callable[..., Oracle], code: DocumentSnapshot) -> None:
    """Silence beyond the hard limit ends the process; a new one answers."""
    oracle = make(stuck_after_ms=400)
    while oracle.contexts(code, code.holes(), DEADLINE_MS)[0].expected_type != "int":
        pass
    pid = oracle.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    while psutil.pid_exists(pid) and oracle.pid == pid:
        oracle.contexts(code, code.holes(), 100)
    answers = [oracle.contexts(code, code.holes(), DEADLINE_MS)[0].expected_type for _ in range(3)]
    assert answers[-1] == "int"


@posix_only
def test_large_documents_do_not_block_on_a_stopped_process(make: Callable[..., Oracle], tmp_path: Path) -> None:
    """More text than the pipe holds is written in the background; the deadline holds all the same."""
    oracle = make()
    text = CODE + f"filler = '{'a' * 400_000}'\n"
    document = DocumentSnapshot(tmp_path / "large.py", Snapshot(text), 1, tmp_path)
    oracle.contexts(document, document.holes(), DEADLINE_MS)
    pid = oracle.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    (context,) = oracle.contexts(document, document.holes(), 200)
    os.kill(pid, signal.SIGCONT)
    assert context.expected_because == "type unknown (the oracle did not answer in 200 ms)"
    assert oracle.contexts(document, document.holes(), DEADLINE_MS)[0].expected_type == "int"


def test_closing_ends_the_process(make: Callable[..., Oracle], code: DocumentSnapshot) -> None:
    """No process is left, later questions say that the oracle is closed, and closing again does nothing."""
    oracle = make()
    oracle.contexts(code, code.holes(), DEADLINE_MS)
    process = psutil.Process(oracle.pid)
    oracle.close()
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    assert why(oracle, code, 1000) == "type unknown (the oracle is closed)"
    oracle.close()


def test_it_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    """A parent that dies without a word takes its oracle with it."""
    script = (
        "import os, pathlib, time\n"
        "from astral_native import Snapshot\n"
        "from astral_runtime.document import DocumentSnapshot\n"
        "from astral_runtime.types.client import Oracle, OracleSettings\n"
        "oracle = Oracle(OracleSettings())\n"
        "document = DocumentSnapshot(pathlib.Path('a.py'), Snapshot('x: int = ...'))\n"
        "oracle.contexts(document, document.holes(), 60000)\n"
        "print(oracle.pid, flush=True)\n"
        "os._exit(0)\n"
    )
    parent = psutil.Popen([sys.executable, "-c", script], stdout=-1, cwd=tmp_path, text=True)
    output, _ = parent.communicate(timeout=60)
    pid = int(output)
    deadline = time.monotonic() + 20
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_many_threads_ask_at_once(oracle: Oracle, tmp_path: Path) -> None:
    """Each gets the answer to its own question."""
    types = ["int", "str", "bytes", "float", "bool", "complex", "object", "list[int]"]
    documents = [DocumentSnapshot(tmp_path / f"t{n}.py", Snapshot(f"x: {type} = ...\n"), 1, tmp_path) for n, type in enumerate(types)]
    found: dict[int, str | None] = {}

    def ask(n: int) -> None:
        found[n] = oracle.contexts(documents[n], documents[n].holes(), DEADLINE_MS)[0].expected_type

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(len(types))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[n] for n in range(len(types))] == types


def test_every_question_is_answered(oracle: Oracle, tmp_path: Path) -> None:
    """Questions that lose their place to later ones leave nothing open, so that an idle oracle never looks stuck."""
    text = CODE + "".join(f"def f{n}(a: int) -> int:\n    return a.bit_length()\n" for n in range(300))
    versions = [DocumentSnapshot(tmp_path / "busy.py", Snapshot(f"{text}x = {n}\n"), n, tmp_path) for n in range(6)]
    threads = [threading.Thread(target=oracle.diagnostics, args=(version, DEADLINE_MS)) for version in versions]
    for thread in threads:
        thread.start()
    late = [oracle.contexts(version, version.holes(), 1) for version in versions]
    for thread in threads:
        thread.join()
    assert len(late) == len(versions)
    assert oracle.contexts(versions[0], versions[0].holes(), DEADLINE_MS)[0].expected_type == "int"
    assert oracle.silent_ms() == 0.0
