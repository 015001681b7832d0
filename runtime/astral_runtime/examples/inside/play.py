"""Examples played one after another, as doctest and a reader would: each docstring one session, each run with its own fuel."""

from __future__ import annotations

import asyncio
import contextlib
import doctest
import errno
import functools
import inspect
import io
import itertools
import signal
import sys
import traceback
import types
from collections.abc import Callable, Iterator, Sequence
from types import CodeType, FrameType, ModuleType
from typing import Any

from astral_runtime.examples.inside.hook import Stopped
from astral_runtime.sandbox.inside import batch

SHOWN = 300
"""Characters of a result that are told."""

LISTED = 10_000
"""How many items of a generator are compared with a list."""

DENIED = frozenset({errno.EPERM, errno.EROFS, errno.ENETUNREACH, errno.ENOSYS})
"""What the sandbox answers to what it does not allow: then the example could not be judged here."""

Played = tuple[str, str]
"""Outcome (held, failed, error, timeout, hole, denied) and what came instead of what was wanted."""


class OutOfFuel(BaseException):
    """The run used its CPU time up."""


@contextlib.contextmanager
def fuel(cpu_s: float) -> Iterator[None]:
    """So much CPU time. Raises OutOfFuel in what is run with it; again and again, should it be caught."""
    signal.signal(signal.SIGPROF, _out_of_fuel)
    signal.setitimer(signal.ITIMER_PROF, cpu_s, 0.05)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


class _Output(io.StringIO):
    """What a run prints, up to a bound."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._left = most

    def write(self, text: str) -> int:
        self._left -= len(text)
        if self._left < 0:
            raise OutOfFuel
        return super().write(text)


class Player:
    """Plays the examples of a module, in order. Texts are compiled once, before any fork."""

    def __init__(self, examples: list[dict[str, Any]], limits: dict[str, Any]) -> None:
        self.examples = examples
        self.misses = len(examples)
        """After how many examples that did not hold a play ends."""
        self.cpu_s = limits["run_cpu_ms"] / 1000
        self._most = limits["output_kb"] << 10
        self._codes: dict[tuple[str, str], CodeType] = {}
        for example in examples:
            for source in [*example["setup"], *([example["source"]] if example["form"] == "doctest" else [])]:
                self._codes[source, "single"] = compile(source, "<example>", "single", dont_inherit=True)
            if example["form"] != "doctest":
                for source in (example["source"], example["want"]):
                    self._codes[source, "eval"] = compile(source, "<example>", "eval", dont_inherit=True)

    def play(self, module: ModuleType, indices: Sequence[int], before: Callable[[int], None] | None = None) -> list[Played]:
        """Play these examples; the last is the one that used its time up, if one did. `before` is called right before each one's own
        line, after its setup; holes that a setup comes to do not stop it then."""
        played: list[Played] = []
        done: list[str] = []
        names: dict[str, Any] = {}
        for index in indices:
            example = self.examples[index]
            setup = example["setup"]
            if not done or setup[: len(done)] != done:
                done, names = [], dict(module.__dict__)
            ready = functools.partial(before, index) if before is not None else None
            played.append(self._with_fuel(functools.partial(self._one, example, names, setup[len(done) :], ready)))
            batch.step(played[-1])
            done = [*setup, example["source"]] if example["form"] == "doctest" else []
            if played[-1][0] == "timeout" or sum(outcome != "held" for outcome, _ in played) >= self.misses:
                break
        return played

    def _with_fuel(self, run: Callable[[], Played]) -> Played:
        standard, hook = sys.stdout, sys.displayhook
        sys.stdout, sys.displayhook = _Output(self._most), _display
        try:
            with fuel(self.cpu_s):
                return run()
        except OutOfFuel:
            return "timeout", f"more than {self.cpu_s:g} s of CPU time, or too much output"
        except Stopped as stop:
            return "hole", f"it comes to hole {stop.number}"
        finally:
            sys.stdout, sys.displayhook = standard, hook

    def _one(self, example: dict[str, Any], names: dict[str, Any], setup: Sequence[str], ready: Callable[[], None] | None) -> Played:
        for source in setup:
            try:
                exec(self._codes[source, "single"], names)
            except Exception:  # as in a doctest, what follows is run all the same
                continue
            except Stopped:
                if ready is None:
                    raise
        if ready is not None:
            ready()
        try:
            return self._doctest(example, names) if example["form"] == "doctest" else self._equal(example, names)
        except (OutOfFuel, Stopped):
            raise
        except BaseException as error:
            return _raised(error)

    def _doctest(self, example: dict[str, Any], names: dict[str, Any]) -> Played:
        sys.stdout = output = _Output(self._most)
        checker, flags, wanted = doctest.OutputChecker(), int(example["flags"]), example["exception"]
        try:
            exec(self._codes[example["source"], "single"], names)
        except Exception as error:
            said = "".join(traceback.format_exception_only(type(error), error)[-1:])
            if wanted is not None and (checker.check_output(wanted, said, flags) or _same_type(wanted, said, flags)):
                return "held", ""
            raise
        got = output.getvalue()
        held = wanted is None and checker.check_output(example["want"], got, flags)
        return ("held", "") if held else ("failed", got.strip()[:SHOWN])

    def _equal(self, example: dict[str, Any], names: dict[str, Any]) -> Played:
        wanted = eval(self._codes[example["want"], "eval"], names)
        got = _awaited(eval(self._codes[example["source"], "eval"], names))
        if isinstance(got, types.GeneratorType) and isinstance(wanted, list):
            got = list(itertools.islice(got, LISTED))
        return ("held", "") if bool(got == wanted) else ("failed", repr(got)[:SHOWN])


def _awaited(value: object) -> object:
    return asyncio.run(value) if inspect.iscoroutine(value) else value


def _raised(error: BaseException) -> Played:
    denied = isinstance(error, OSError) and error.errno in DENIED
    try:
        said = "".join(traceback.format_exception_only(type(error), error)[-1:]).strip()
    except Exception:  # its own __str__ may raise
        said = type(error).__name__
    return "denied" if denied else "error", said[:SHOWN]


def _same_type(wanted: str, said: str, flags: int) -> bool:
    """IGNORE_EXCEPTION_DETAIL: the name before the colon decides, without its module."""
    if not flags & doctest.IGNORE_EXCEPTION_DETAIL:
        return False
    return wanted.partition(":")[0].strip().rpartition(".")[2] == said.partition(":")[0].strip().rpartition(".")[2]


def _display(value: object) -> None:
    if value is not None:
        sys.stdout.write(f"{value!r}\n")


def _out_of_fuel(_signal: int, _frame: FrameType | None) -> None:
    raise OutOfFuel
