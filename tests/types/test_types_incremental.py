"""A document kept in step edit by edit gives what the same text gives when it is new: σ, Γ, verdicts and errors."""

from __future__ import annotations

import importlib.util
import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from patience import DEADLINE_MS

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.types.client import Oracle, Unavailable

MODULE = '''"""A module."""
from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

LIMIT: int = 3
table = {"a": 1}


@dataclass
class Item:
    """An item."""

    name: str
    price: float = 0.0

    def label(self) -> str:
        text = self.name.upper()
        return ...


class Cart:
    size = 1

    def __init__(self, items: list[Item]) -> None:
        self.items = items
        self.seen = None
        self.count = len(items)

    @property
    def total(self) -> float:
        result = 0.0
        for item in self.items:
            result += ...
        return result

    def names(self) -> Iterator[str]:
        for item in self.items:
            yield ...

    def first(self) -> Item | None:
        import json

        if not self.items:
            return None
        return ...


def helper(cart: Cart, word: str = "x") -> int:
    # a remark
    def inner(n: int) -> str:
        return ...

    value = inner(cart.count)
    return len(value) + ...


async def later(cart: Cart) -> str:
    return helper(cart) and ...
'''

LINES = MODULE.splitlines(keepends=True)

NEW_LINES = (
    "",
    "\n",
    "# remark\n",
    "    pass\n",
    "        self.count = 'a'\n",
    "        self.extra = 1\n",
    "        value = 2\n",
    "        yield 'a'\n",
    "        return ''\n",
    "    other: str = 'b'\n",
    "import sys\n",
    "        import abc\n",
    "x: int = ...\n",
    "        y: int = ...\n",
    "    def label(self) -> int: return 1\n",
    '    """\n',
    "        for item in self.items:\n",
    "        (\n",
    "        global table\n",
    "    global LIMIT\n",
    "        print('ü', ...)\n",
)

Edit = tuple[int, int, str]
EDITS = st.lists(
    st.tuples(st.integers(0, len(LINES) - 1), st.integers(0, 2), st.sampled_from(NEW_LINES)), min_size=1, max_size=5
)  # fmt: skip


def edited(lines: list[str], edit: Edit) -> list[str]:
    """Some lines replaced by one."""
    at, gone, line = edit
    at = min(at, len(lines))
    return [*lines[:at], line, *lines[at + gone :]]


def answers(oracle: Oracle, path: Path, text: str) -> tuple[object, object]:
    """All that the oracle says of a text: contexts, and errors by line (columns depend on which of mypy's parsers read them)."""
    document = DocumentSnapshot(path, Snapshot(text), 1, path.parent)
    found = oracle.contexts(document, document.holes(), DEADLINE_MS)
    told = [(each.hole.span, each.expected_type, each.expected_because, each.scope, each.constraints) for each in found]
    faults = oracle.diagnostics(document, DEADLINE_MS)
    if isinstance(faults, Unavailable):
        return told, faults.why
    lines = [document.native.position(fault.span.start, "utf-8")[0] if fault.span else -1 for fault in faults]
    return told, sorted((line, fault.message, fault.code or "") for line, fault in zip(lines, faults, strict=True))


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS)
def test_edits_add_up_to_the_text(oracle: Oracle, tmp_path: Path, counter: Callable[[], int], edits: list[Edit]) -> None:
    """After any edits, the answers are those of the text opened afresh."""
    lines, path = LINES, tmp_path / f"edited{counter()}.py"
    for edit in edits:
        lines = edited(lines, edit)
        incremental = answers(oracle, path, "".join(lines))
        fresh = tmp_path / f"fresh{counter()}.py"
        assert incremental == answers(oracle, fresh, "".join(lines))
        oracle.forget(fresh)
    oracle.forget(path)


@pytest.fixture(scope="module")
def counter() -> Callable[[], int]:
    """Numbers for files that were never opened before."""
    numbers = itertools.count()
    return lambda: next(numbers)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("        self.count = len(items)\n", "        self.count = 'a'\n", "str"),
        ("        self.count = len(items)\n", "        pass\n", None),
        ("        self.items = items\n", "        self.items = items\n        self.count = b''\n", "bytes"),
    ],
)
def test_attributes_that_change_are_seen_by_other_methods(
    oracle: Oracle, tmp_path: Path, before: str, after: str, expected: str | None
) -> None:
    """An attribute's inferred type follows the method that defines it."""
    text = MODULE + "\n\ndef user(cart: Cart) -> None:\n    cart.count = ...\n"
    path = tmp_path / "attributes.py"
    for version, type in ((text, "int"), (text.replace(before, after), expected), (text, "int")):
        document = DocumentSnapshot(path, Snapshot(version), 1, tmp_path)
        assert oracle.contexts(document, document.holes()[-1:], DEADLINE_MS)[0].expected_type == type


STANDARD = (
    "argparse",
    "textwrap",
    "shlex",
    "functools",
    "dataclasses",
    "zipfile",
    "copy",
    "contextlib",
    "enum",
    "csv",
    "pathlib",
    "calendar",
)

Row = tuple[int, int, str, str | None]


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, set[Row]]]:
    """Copies of modules of the standard library, and what mypy itself says of each, run as people run it."""
    folder = tmp_path_factory.mktemp("real")
    for name in STANDARD:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        shutil.copy(spec.origin, folder / f"real_{name}.py")
    options = ["--config-file=", "--check-untyped-defs", "--local-partial-types", "--no-incremental", f"--cache-dir={os.devnull}"]
    told = ["--show-column-numbers", "--no-error-summary", "--hide-error-context", "--output=json"]
    files = [str(path) for path in folder.glob("*.py")]
    run = subprocess.run([sys.executable, "-m", "mypy", *options, *told, *files], capture_output=True, text=True, check=False, cwd=folder)
    rows: dict[str, set[Row]] = {name: set() for name in STANDARD}
    for line in run.stdout.splitlines():
        said = json.loads(line)
        if said["severity"] == "error":
            rows[Path(said["file"]).stem.removeprefix("real_")].add((said["line"], said["column"], said["message"], said["code"]))
    return folder, rows


@pytest.mark.parametrize("name", STANDARD)
def test_diagnostics_are_those_of_mypy(oracle: Oracle, real: tuple[Path, dict[str, set[Row]]], name: str) -> None:
    """Checking a module's functions one after another gives all the errors that mypy gives, and no other."""
    folder, rows = real
    path = folder / f"real_{name}.py"
    document = DocumentSnapshot(path, Snapshot(path.read_text(encoding="utf-8")), 1, folder)
    faults = oracle.diagnostics(document, DEADLINE_MS)
    assert not isinstance(faults, Unavailable)
    found: set[Row] = set()
    for fault in faults:
        assert fault.span is not None
        line, column = document.native.position(fault.span.start, "utf-8")
        found.add((line + 1, column, fault.message, fault.code))
    assert found == rows[name]
    oracle.forget(path)
