"""The tests of one file: collected by pytest where it is installed, else by what a plain test file is made of; run one at a time."""

from __future__ import annotations

import functools
import importlib.util
import inspect
import io
import logging
import os
import signal
import sys
import unittest
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import FrameType, ModuleType
from typing import Any

Outcome = str
"""passed, failed, timeout, skipped, or denied: by the sandbox."""

SHOWN = 300
_DENIED = (
    "No usable temporary directory",
    "Operation not permitted",
    "Read-only file system",
    "Network is unreachable",
    "Function not implemented",
)


class OutOfFuel(BaseException):
    """The run used its CPU time up."""


@dataclass(frozen=True)
class Test:
    """One test. `play` runs it and says how it ended, and why in one line; it raises OutOfFuel at worst."""

    name: str
    play: Callable[[], tuple[Outcome, str]]


class Broken(Exception):
    """The tests cannot be collected; the message says why."""


def collected(path: str, plugins: str, use: Callable[[Sequence[Test]], None]) -> None:
    """Collect the tests of a file and use them while the collection lives; `plugins`: with pytest's `all`, which may take seconds to load,
    or with `none`. Raises Broken when they cannot be collected."""
    os.environ.update({"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} if plugins == "none" else {})
    try:
        import pytest
    except ImportError:
        use(list(_plain(path)))
        return
    logging.FileHandler._open = _opened  # type: ignore[method-assign, assignment]  # pytest logs to /dev/null, which a candidate may not write to
    loop = _Loop(use)
    arguments = [path, "-s", "-q", "-p", "no:cacheprovider", "-p", "no:faulthandler", "--tb=line", "-o", "addopts="]
    status = pytest.main(arguments, plugins=[loop])
    if loop.broken or not loop.used:
        raise Broken(loop.broken or f"pytest ended with {status!s}")


def with_fuel(test: Test, cpu_s: float) -> tuple[Outcome, str]:
    """Play a test for `cpu_s` seconds of CPU time at most."""
    signal.signal(signal.SIGPROF, _out_of_fuel)
    signal.setitimer(signal.ITIMER_PROF, cpu_s)  # once: what catches it is ended by its process's wall clock
    try:
        outcome, message = test.play()
    except OutOfFuel:
        outcome, message = "timeout", OutOfFuel.__name__
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    if outcome == "failed" and OutOfFuel.__name__ in message:
        outcome = "timeout"
    if outcome == "failed" and any(words in message for words in _DENIED):
        outcome = "denied"
    return outcome, f"more than {cpu_s:g} s of CPU time" if outcome == "timeout" else message[:SHOWN]


_open_log = logging.FileHandler._open


def _opened(handler: logging.FileHandler) -> Any:
    return io.StringIO() if handler.baseFilename == os.devnull else _open_log(handler)


class _Loop:
    """A plugin of pytest that hands its items over in place of running them."""

    def __init__(self, use: Callable[[Sequence[Test]], None]) -> None:
        self._use = use
        self.used = False
        self.broken = ""

    def pytest_collectreport(self, report: Any) -> None:
        """Note what could not be collected."""
        if report.failed and not self.broken:
            self.broken = f"{report.nodeid} is not collected: {_last_line(report.longreprtext)}"

    def pytest_internalerror(self, excrepr: Any) -> None:
        """Note a failure of pytest itself."""
        self.broken = self.broken or f"pytest failed: {_last_line(str(excrepr))}"

    def pytest_runtestloop(self, session: Any) -> bool:
        """Use the items."""
        if not self.broken:
            self.used = True
            self._use([Test(item.nodeid, _player(item)) for item in session.items])
        return True


def _player(item: Any) -> Callable[[], tuple[Outcome, str]]:
    """What plays an item: a call of its function where that is all that pytest would do, which is ten times quicker."""
    given = dict(item.callspec.params) if hasattr(item, "callspec") else {}
    function: Any = getattr(item, "function", None)
    marked = any(mark.name in ("skip", "skipif", "xfail", "usefixtures", "asyncio", "anyio") for mark in item.iter_markers())
    alone = inspect.isfunction(function) and getattr(item, "cls", None) is None and not inspect.iscoroutinefunction(function)
    if alone and not marked and set(getattr(item, "fixturenames", [""])) <= given.keys():
        return _calling(functools.partial(function, **given))

    def play() -> tuple[Outcome, str]:
        from _pytest.runner import runtestprotocol

        reports = runtestprotocol(item, log=False, nextitem=None)
        failed = next((report for report in reports if report.failed), None)
        if failed is not None:
            crash = getattr(failed.longrepr, "reprcrash", None)
            return "failed", str(crash.message).splitlines()[0] if crash is not None else _last_line(failed.longreprtext)
        return ("skipped", "") if any(report.skipped for report in reports) else ("passed", "")

    return play


def _plain(path: str) -> Iterator[Test]:
    """Functions `test…` without parameters, methods `test…` of classes `Test…`, and unittest's cases."""
    module = _module(path)
    for name, value in list(vars(module).items()):
        if inspect.isfunction(value) and name.startswith("test"):
            if not inspect.signature(value).parameters:
                yield Test(name, _calling(value))
        elif inspect.isclass(value) and issubclass(value, unittest.TestCase):
            yield from (Test(f"{name}::{method}", _case(value(method))) for method in unittest.defaultTestLoader.getTestCaseNames(value))
        elif inspect.isclass(value) and name.startswith("Test"):
            methods = [each for each in dir(value) if each.startswith("test")]
            yield from (Test(f"{name}::{method}", _method(value, method)) for method in methods)


def _module(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location("_astral_tests", path)
    if spec is None or spec.loader is None:
        raise Broken(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        raise Broken(f"{path} does not load: {_said(error)}") from None
    return module


def _calling(function: Callable[[], object]) -> Callable[[], tuple[Outcome, str]]:
    def play() -> tuple[Outcome, str]:
        try:
            function()
        except OutOfFuel:
            raise
        except BaseException as error:
            return ("skipped", "") if type(error).__name__ in ("SkipTest", "Skipped") else ("failed", _said(error))
        return "passed", ""

    return play


def _method(owner: type, name: str) -> Callable[[], tuple[Outcome, str]]:
    def call() -> None:
        getattr(owner(), name)()

    return _calling(call)


def _case(case: unittest.TestCase) -> Callable[[], tuple[Outcome, str]]:
    def play() -> tuple[Outcome, str]:
        result = case.run()
        problems: Iterable[tuple[object, str]] = [] if result is None else [*result.failures, *result.errors]
        message = next((_last_line(text) for _, text in problems), "")
        return ("failed", message) if message else ("skipped", "") if result is not None and result.skipped else ("passed", "")

    return play


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[-1]


def _out_of_fuel(_signal: int, _frame: FrameType | None) -> None:
    raise OutOfFuel
