"""Verdicts of the user's examples: what they say of candidates in every kind of place."""

from __future__ import annotations

from pathlib import Path

import pytest

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.runner import Runner
from astral_runtime.fill import CancelToken
from astral_runtime.holes import Hole, Span
from astral_runtime.region import readings

MARK = "▢"

P, F, S = "pass", "fail", "skipped"

PLACES = [
    ("return", "def f(x):\n    '''\n    >>> f(2)\n    3\n    >>> f(3)\n    4\n    '''\n    return ...\n", {"x + 1": P, "3": F, "x": F, "y": F}),
    ("prose", "def f(x):\n    '''f(2) == 3.0'''\n    return ...\n", {"x + 1": P, "x": F}),
    ("argument", "def f(x):\n    '''\n    >>> f([3, 1])\n    [1, 3]\n    '''\n    return sorted(...)\n", {"x": P, "x[:1]": F, "[1, 3]": P}),
    ("condition", "def f(x):\n    '''f(2) == 1, f(-2) == 0'''\n    if ...:\n        return 1\n    return 0\n", {"x > 0": P, "x": F, "True": F}),
    ("loop header", "def f(x):\n    '''f([2, 3]) == 6'''\n    n = 1\n    for i in ...:\n        n *= i\n    return n\n", {"x": P, "range(2)": F, "x[1:]": F}),
    ("loop condition", "def f(x):\n    '''f(3) == 3'''\n    n = 0\n    while ...:\n        n += 1\n    return n\n", {"n < x": P, "True": F, "False": F}),
    ("loop body", "def f(x):\n    '''f([2, 3]) == 5'''\n    n = 0\n    for i in x:\n        n += ...\n    return n\n", {"i": P, "1": F}),
    ("comprehension", "def f(x):\n    '''f([2, 3]) == [4, 6]'''\n    return [... for i in x]\n", {"2 * i": P, "i": F}),
    ("lambda", "def f(x):\n    '''f([2, -3]) == [2, -3]'''\n    return sorted(x, key=lambda i: ...)\n", {"abs(i)": P, "i": F}),
    ("nested function", "def f(x):\n    '''f(2) == 4'''\n    def g(y):\n        return ...\n    return g(x)\n", {"x * y": P, "y": F}),
    ("block", "def f(x):\n    '''f(2) == 3'''\n    ...\n", {"return x + 1": P, "y = x\n    return y + 1": P, "pass": F}),
    ("method", "class C:\n    '''\n    >>> C(2).f()\n    3\n    '''\n    def __init__(self, n):\n        self.n = n\n    def f(self):\n        return ...\n", {"self.n + 1": P, "self.n": F}),
    ("super", "class B:\n    def f(self): return 1\nclass C(B):\n    def f(self):\n        '''\n        >>> C().f()\n        2\n        '''\n        return ...\n", {"super().f() + 1": P, "1": F}),
    ("property", "class C:\n    n = 2\n    @property\n    def f(self):\n        '''\n        >>> C().f\n        3\n        '''\n        return ...\n", {"self.n + 1": P, "1": F}),
    ("class in if", "if True:\n    class C:\n        @staticmethod\n        def f():\n            '''\n            >>> C.f()\n            3\n            '''\n            return ...\n", {"3": P, "1": F}),
    ("generator", "def f(x):\n    '''f(3) == [0, 1, 2]'''\n    for i in range(x):\n        yield ...\n", {"i": P, "x": F}),
    ("async", "async def f(x):\n    '''f(3) == 4'''\n    return ...\n", {"x + 1": P, "x": F}),
    ("recursion", "def f(n):\n    '''f(5) == 120'''\n    if n < 2:\n        return 1\n    return ...\n", {"n * f(n - 1)": P, "f(n - 1)": F, "f(n)": F}),
    ("cache", "import functools\n@functools.lru_cache\ndef f(n):\n    '''f(5) == 8'''\n    return 1 if n < 2 else ...\n", {"f(n - 1) + f(n - 2)": P, "n": F}),
    ("decorator of its own", "def twice(g):\n    return lambda x: g(g(x))\n@twice\ndef f(x):\n    '''f(2) == 8'''\n    return ...\n", {"2 * x": P, "x": F}),
    ("default", "def f(x=...):\n    '''f() == 3'''\n    return x\n", {"3": P, "4": F}),
    ("class level", "class C:\n    '''\n    >>> C.n\n    3\n    '''\n    n = ...\n", {"3": P, "4": F, "nowhere": F}),
    ("print", "def f(x):\n    '''\n    >>> f(2)\n    2 2\n    '''\n    print(x, ...)\n", {"x": P, "1": F}),
    ("exception", "def f(x):\n    '''\n    >>> f(0)\n    Traceback (most recent call last):\n    ValueError: no\n    '''\n    raise ...\n", {"ValueError('no')": P, "ValueError('yes')": F, "KeyError('no')": F}),
    ("keeps state", "SEEN = []\ndef f(x):\n    '''f(2) == 1'''\n    SEEN.append(x)\n    return ...\n", {"len(SEEN)": P, "0": F, "len(SEEN) or 1": P}),
    ("through its caller", "def f(x):\n    return ...\ndef g(x):\n    '''g(2) == '3' '''\n    return str(f(x))\n", {"x + 1": P, "x": F}),
    ("unreached", "def f(x):\n    '''f(2) == 3'''\n    if x > 5:\n        return ...\n    return 3\n", {"x": S}),
    ("another hole in the way", "def f(x):\n    '''f(2) == 3'''\n    y = ...\n    return ...\n", {"x + 1": S}),
    ("another hole behind", "def f(x):\n    '''f(2) == 3, f(1) == 1'''\n    if x > 1:\n        return g(x)\n    return ...\ndef g(x):\n    return ...\n", {"x": P, "2": F}),
    ("type", "def f(x: ...):\n    '''f(2) == 3'''\n    return x + 1\n", {"int": P, "nowhere": F}),
    ("sentinel", "def f(x):\n    '''f(2) == ...'''\n    return ...\n", {"x": S}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "expected"), PLACES, ids=[row[0] for row in PLACES])
def test_places(runner: Runner, folder: Path, name: str, text: str, expected: dict[str, str]) -> None:
    """Wherever the hole stands: who holds every example passes, who does not fails, and what was not judged is skipped."""
    document = DocumentSnapshot(folder / "m.py", Snapshot(text), root=folder)
    hole = document.holes()[-1 if name == "another hole in the way" else 0]
    found = runner.verdicts(document, hole, list(expected), CancelToken(), 20_000)
    assert dict(zip(expected, (each.outcome for each in found), strict=True)) == expected, [each.why for each in found]


REGIONS = [
    ("part", "def f(x):\n    '''f(2) == 3'''\n    return ▢x * 2▢\n", {"x + 1": P, "x": F}),
    ("line", "def f(x):\n    '''f(2) == 3'''\n▢    return x▢\n", {"    return x + 1": P, "    return 4": F}),
    ("line with its end", "def f(x):\n    '''f(2) == 3'''\n▢    y = 1\n▢    return x + y\n", {"    y = 1\n": P, "    y = 2\n": F}),
    ("header", "def f(x):\n    '''f([2]) == 2'''\n    n = 0\n▢    for i in []:\n▢        n += i\n    return n\n", {"    for i in x:\n": P, "    if x:\n": F}),
    ("two lines", "def f(x):\n    '''f(2) == 3'''\n▢    a = 1\n    b = 1▢\n    return a + b\n", {"    a = x\n    b = 1": P, "    a = b = 2": F}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "expected"), REGIONS, ids=[row[0] for row in REGIONS])
def test_regions(runner: Runner, folder: Path, name: str, text: str, expected: dict[str, str]) -> None:
    """A region is judged in its reading, as the pipeline verifies it."""
    before, inside, after = text.split(MARK)
    whole = DocumentSnapshot(folder / "m.py", Snapshot(before + inside + after), root=folder)
    span = Span(len(before.encode()), len((before + inside).encode()))
    read = readings(whole, Hole("r", "region", span))[0]
    found = runner.verdicts(read.document, read.hole, list(expected), CancelToken(), 20_000)
    assert dict(zip(expected, (each.outcome for each in found), strict=True)) == expected, [each.why for each in found]


def test_what_is_said(runner: Runner, folder: Path) -> None:
    """A pass says how many examples held; a failure which one did not, and what came instead."""
    text = "def f(x):\n    '''\n    >>> f(2)\n    3\n    >>> f(3)\n    4\n    '''\n    return ...\n"
    document = DocumentSnapshot(folder / "m.py", Snapshot(text), root=folder)
    said = runner.verdicts(document, document.holes()[0], ["x + 1", "3", "1 / 0", "x +"], CancelToken(), 20_000)
    assert [each.why for each in said] == [
        "2/2 examples",
        "1/2 examples; f(3) (m.py line 5) gave 3, wanted 4",
        "0/2 examples; f(2) (m.py line 3) raised ZeroDivisionError: division by zero",
        "0/2 examples; f(2) (m.py line 3) raised SyntaxError: invalid syntax (m.py, line 8)",
    ]


def test_packages(runner: Runner, tmp_path: Path) -> None:
    """A module of a package runs as itself: relative imports, siblings that import it, and its package's own names."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text("from shop.cart import Cart, total\nfrom .rates import RATE\n")
    (tmp_path / "shop" / "rates.py").write_text("RATE = 2\n")
    (tmp_path / "shop" / "views.py").write_text("from shop.cart import Cart\ndef is_cart(x): return isinstance(x, Cart)\n")
    text = "from . import rates\nclass Cart: pass\ndef total(x):\n    '''\n    >>> from shop.views import is_cart\n    >>> is_cart(Cart()), total(3)\n    (True, 6)\n    '''\n    return ...\n"
    path = tmp_path / "shop" / "cart.py"
    path.write_text(text)
    document = DocumentSnapshot(path, Snapshot(text), root=tmp_path)
    ask = ["x * rates.RATE", "x"]
    for _ in range(2):
        assert [each.outcome for each in runner.verdicts(document, document.holes()[0], ask, CancelToken(), 20_000)] == [P, F]
    (tmp_path / "shop" / "rates.py").write_text("RATE = 1 + 2\n")
    assert [each.outcome for each in runner.verdicts(document, document.holes()[0], [*ask, "x * 2"], CancelToken(), 20_000)] == [F, F, P]


def test_a_sibling_that_changes_on_disk(runner: Runner, tmp_path: Path) -> None:
    """What is warm is looked at again: the next verdict sees the file as it is."""
    (tmp_path / "rates_of_shop.py").write_text("RATE = 2\n")
    text = "import rates_of_shop\ndef f(x):\n    '''f(3) == 6'''\n    return ...\n"
    document = DocumentSnapshot(tmp_path / "m.py", Snapshot(text), root=tmp_path)
    ask = ["x * rates_of_shop.RATE"]
    assert [each.outcome for each in runner.verdicts(document, document.holes()[0], ask, CancelToken(), 20_000)] == [P]
    (tmp_path / "rates_of_shop.py").write_text("RATE = 1 + 2\n")
    assert [each.outcome for each in runner.verdicts(document, document.holes()[0], ask, CancelToken(), 20_000)] == [F]


def test_line_breaks_and_other_alphabets(runner: Runner, tmp_path: Path) -> None:
    """Spans are bytes and breaks may be any; the file itself is never written."""
    text = "# größe ▢\r\ndef f(größe):\r\n    '''f('é') == 'éé' '''\r\n    return ...\r\n"
    path = tmp_path / "m.py"
    path.write_bytes(text.encode())
    document = DocumentSnapshot(path, Snapshot(text), root=tmp_path)
    said = runner.verdicts(document, document.holes()[0], ["größe * 2", "größe"], CancelToken(), 20_000)
    assert [each.outcome for each in said] == [P, F]
    assert path.read_bytes() == text.encode()


SLOW = """import time
def slow(x):
    end = time.process_time() + 0.2
    while time.process_time() < end:
        pass
    return x + 1
def f(x):
    '''f(2) == 3'''
    return ...
"""


@pytest.mark.parametrize("expected", [{"slow(x)": P}, {"slow(x)": F, "x + 1": P}, {"slow(x)": P, "x": F}])
def test_slow_candidates_get_their_time(runner: Runner, folder: Path, expected: dict[str, str]) -> None:
    """What needs long is judged with all its time, unless something held in a fraction of it: then it is said not to end."""
    document = DocumentSnapshot(folder / "m.py", Snapshot(SLOW), root=folder)
    found = runner.verdicts(document, document.holes()[0], list(expected), CancelToken(), 20_000)
    assert dict(zip(expected, (each.outcome for each in found), strict=True)) == expected, [each.why for each in found]
