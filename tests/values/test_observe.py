"""What is seen at a hole when the examples of its function run up to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.collect import examples_of
from astral_runtime.examples.runner import Runner
from astral_runtime.fill import CancelToken
from astral_runtime.holes import Hole, Span
from astral_runtime.region import readings
from astral_runtime.sandbox.run import SandboxSettings
from astral_runtime.values.observation import Observation, Seen, Value, observe

ROWS = [
    ("return", "def f(xs, i=0):\n    '''\n    >>> f([3, 1, 2])\n    2\n    '''\n    return ...\n", ["xs = [3, 1, 2]  i = 0  → wanted 2"]),
    ("two examples", "def f(x):\n    '''f(2) == 3, f('a') == 'b' '''\n    y = x * 2\n    return ...\n", ["x = 2  y = 4  → wanted 3", "x = 'a'  y = 'aa'  → wanted 'b'"]),
    ("assignment", "def f(x):\n    '''f(2) == 3'''\n    y = ...\n    return y\n", ["x = 2"]),
    ("argument", "def f(x):\n    '''f(2) == 3'''\n    return max(x, ...)\n", ["x = 2"]),
    ("condition", "def f(x):\n    '''f(2) == 3'''\n    if x > 1 and ...:\n        return 3\n", ["x = 2"]),
    ("loop header", "def f(x):\n    '''f(2) == 3'''\n    for i in ...:\n        x += i\n    return x\n", ["x = 2"]),
    ("loop body, first visit", "def f(x):\n    '''f([7, 8]) == 3'''\n    n = 0\n    for i in x:\n        n += ...\n    return n\n", ["x = [7, 8]  n = 0  i = 7"]),
    ("comprehension", "def f(x):\n    '''f([7, 8]) == 3'''\n    n = 1\n    return [... for i in x]\n", ["i = 7  x = [7, 8]  n = 1"]),
    ("lambda", "def f(x):\n    '''f([7, 8]) == 3'''\n    return sorted(x, key=lambda i: ...)\n", ["i = 7  x = [7, 8]"]),
    ("nested function", "def f(x):\n    '''f(2) == 4'''\n    def g(y):\n        return ..., x\n    return g(x + 1)\n", ["y = 3  x = 2"]),
    ("block", "def f(x):\n    '''f(2) == 3'''\n    ...\n", ["x = 2  → wanted 3"]),
    ("method", "class C:\n    def __init__(self, n):\n        self.n = n\n    def f(self, k):\n        '''\n        >>> c = C(5)\n        >>> c.f(1)\n        6\n        '''\n        return ...\n", ["self = <m.C object>  k = 1  self.n = 5  → wanted 6"]),
    ("setup that comes to the hole, too", "class C:\n    n = 0\n    def add(self, k):\n        '''\n        >>> c = C()\n        >>> c.add(1)\n        >>> c.add(2)\n        >>> c.n\n        3\n        '''\n        self.n += ...\n", ["self = <m.C object>  k = 1", "self = <m.C object>  k = 2", "self = <m.C object>  k = 1"]),
    ("only its setup comes to the hole", "class C:\n    def __init__(self, k):\n        '''\n        >>> c = C(1)\n        >>> c.n\n        1\n        '''\n        self.n = ...\n", ["self = <m.C object>  k = 1", "self = <m.C object>  k = 1"]),
    ("shown by an assignment", "def f(x):\n    '''\n    >>> y = f(2)\n    '''\n    return ...\n", ["x = 2"]),
    ("generator", "def f(x):\n    '''f(3) == [0, 1, 2]'''\n    for i in range(x):\n        yield ...\n", ["x = 3  i = 0"]),
    ("async", "async def f(x):\n    '''f(3) == 4'''\n    return ...\n", ["x = 3  → wanted 4"]),
    ("recursion, innermost first", "def f(n):\n    '''f(3) == 6'''\n    return f(n - 1) * ... if n else 1\n", ["n = 1"]),
    ("recursion has no wanted value", "def f(n):\n    '''f(3) == 6'''\n    if n:\n        return f(n - 1) + n\n    return ...\n", ["n = 0"]),
    ("through a caller", "def f(x):\n    return ...\ndef g(x):\n    '''g(2) == '3' '''\n    return str(f(x))\n", ["x = 2"]),
    ("not the call alone", "def f(x):\n    '''\n    >>> f(2) + 1\n    4\n    '''\n    return ...\n", ["x = 2"]),
    ("a decorator that may change the result", "import contextlib\n@contextlib.contextmanager\ndef f(x):\n    '''\n    >>> f(2)\n    3\n    '''\n    return ...\n", ["x = 2"]),
    ("printed, not returned", "def f(x):\n    '''\n    >>> f(2)\n    some words\n    '''\n    return ...\n", ["x = 2"]),
    ("unreached", "def f(x):\n    '''f(2) == 3'''\n    if x > 5:\n        return ...\n    return 3\n", []),
    ("behind another hole", "def f(x):\n    '''f(2) == 3'''\n    y = ...\n    return y\ndef g(): return ...\n", ["x = 2"]),
    ("module level", "x = 2\ny = [x]\nz = ...\n", ["x = 2  y = [2]"]),
    ("its end swallowed", "def f(x):\n    '''f(2) == 3'''\n    try:\n        return ...\n    except BaseException:\n        return 3\n", ["x = 2  → wanted 3"]),
    ("large", "def f(x):\n    '''f(list(range(1000)), ) == 3'''\n    y = 'a' * 1000\n    return ...\n", ["x = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, ...]  y = '" + "a" * 37 + "..." + "a" * 38 + "'  → wanted 3"]),
    ("what shows itself by the hole", "class C:\n    def __init__(self, n): self.n = n\n    def __repr__(self):\n        '''\n        >>> C(5)\n        C(5)\n        '''\n        return ...\n", ["self = <C>  self.n = 5"]),
    ("what cannot be shown", "class C:\n    def __repr__(self): raise ValueError\ndef f(x):\n    '''f(2) == 3'''\n    c = C()\n    return ...\n", ["x = 2  c = <C>  → wanted 3"]),
]  # fmt: skip


def lines(seen: Seen) -> list[str]:
    """Observations for people, representation failures shortened."""
    return [observation.line.replace("<C instance>", "<C>") for observation in seen.observations]


@pytest.mark.parametrize(("name", "text", "expected"), ROWS, ids=[row[0] for row in ROWS])
def test_observe(runner: Runner, folder: Path, name: str, text: str, expected: list[str]) -> None:
    """One line per example that comes to the hole: the names as they stand at its first visit, and the value that it should be."""
    document = DocumentSnapshot(folder / "m.py", Snapshot(text), root=folder)
    hole = document.holes()[0]
    assert lines(observe(document, hole, examples_of(document, hole), runner, CancelToken(), 20_000)) == expected


REGIONS = [
    ("    y = 5\n", "    return x\n", ""),
    ("    y = 5\n", "    try:\n", "        return x\n    finally:\n        y = 6\n"),
    ("    y = 5\n", "    for z in x, y:\n", "        y += z\n    return y\n"),
]


@pytest.mark.parametrize(("above", "inside", "below"), REGIONS, ids=[row[1].strip() for row in REGIONS])
def test_region(runner: Runner, folder: Path, above: str, inside: str, below: str) -> None:
    """A whole line is seen like a hole, a header too; what it should be is not known, as it may be any statement."""
    before = "def f(x):\n    '''f(2) == 3'''\n" + above
    document = DocumentSnapshot(folder / "m.py", Snapshot(before + inside + below), root=folder)
    read = readings(document, Hole("r", "region", Span(len(before.encode()), len((before + inside).encode()))))[0]
    found = observe(read.document, read.hole, examples_of(read.document, read.hole), runner, CancelToken(), 20_000)
    assert lines(found) == ["x = 2  y = 5"]


def test_why_nothing_was_seen(runner: Runner, folder: Path) -> None:
    """Missing observations have a reason: no trust, a module that does not load, examples that go elsewhere."""
    text = "def f(x):\n    '''f(2) == 3, f(9) == 9'''\n    if x < 5:\n        return 1\n    return ...\n"
    document = DocumentSnapshot(folder / "m.py", Snapshot(text), root=folder)
    broken = DocumentSnapshot(folder / "m.py", Snapshot("1 / 0\n" + text), root=folder)
    untrusted = Runner(SandboxSettings())
    alone = DocumentSnapshot(folder / "m.py", Snapshot("def f(x):\n    return ...\n"), root=folder)
    said = [
        observe(each, each.holes()[0], examples_of(each, each.holes()[0]), by, CancelToken(), 20_000).why
        for each, by in ((document, runner), (broken, runner), (alone, runner), (document, untrusted))
    ]
    assert said == [
        "1 of 2 examples do not come to the hole",
        "the module does not load: ZeroDivisionError: division by zero",
        "no examples: no doctest, stated example or plain test of this function was found",
        "the workspace is not trusted: none of its code is run",
    ]


def test_nothing_is_written(runner: Runner, tmp_path: Path) -> None:
    """Observing changes no file of the workspace and leaves no cache in it."""
    (tmp_path / "near.py").write_text("X = 1\n")
    text = "import near\ndef f(x):\n    '''f(2) == 3'''\n    return ...\n"
    path = tmp_path / "m.py"
    path.write_text(text)
    document = DocumentSnapshot(path, Snapshot(text), root=tmp_path)
    assert observe(document, document.holes()[0], examples_of(document, document.holes()[0]), runner, CancelToken(), 20_000).observations
    assert sorted(each.name for each in tmp_path.rglob("*")) == ["m.py", "near.py"]


AGREE = [
    (["int", "int"], "int"),
    (["list", "list[int]"], "list[int]"),
    (["int", "str"], None),
    (["list[int]", "list[str]"], None),
    (["int"], "int"),
]


@pytest.mark.parametrize(("types", "expected"), AGREE)
def test_types(types: list[str], expected: str | None) -> None:
    """A type is said where all observations agree; an empty container agrees with a full one."""
    seen = Seen(tuple(Observation(None, (Value("x", each, ""),)) for each in types))
    assert seen.types.get("x") == expected


CONTRADICTING = [
    ("def f(x):\n    '''\n    >>> f(2)\n    3\n    >>> f(2)\n    4\n    '''\n    return ...\n", [(2, 4)]),
    ("def f(x):\n    '''\n    >>> f(2)\n    3\n    >>> f(3)\n    4\n    '''\n    return ...\n", []),
    ("def f(x):\n    '''\n    >>> f(2)\n    3\n    >>> f(4)\n    5\n    '''\n    x = x > 1\n    return ...\n", [(2, 4)]),
    ("import itertools\nN = itertools.count()\ndef f(x):\n    '''\n    >>> f(2)\n    0\n    >>> f(2)\n    1\n    '''\n    return ...\n", []),
    ("class C:\n    def f(self):\n        '''\n        >>> C().f()\n        3\n        >>> C().f()\n        4\n        '''\n        return ...\n", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CONTRADICTING)
def test_contradictions(runner: Runner, folder: Path, text: str, expected: list[tuple[int, int]]) -> None:
    """Examples that want different things of the same values contradict each other; values that cannot be compared do not."""
    document = DocumentSnapshot(folder / "m.py", Snapshot(text), root=folder)
    hole = document.holes()[0]
    seen = observe(document, hole, examples_of(document, hole), runner, CancelToken(), 20_000)
    assert [(one.origin.line, other.origin.line) for one, other in seen.contradictions] == expected
