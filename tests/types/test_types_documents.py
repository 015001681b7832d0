"""Documents as editors have them: unsaved, half-typed, in any encoding, several at a time, changed on disk."""

from __future__ import annotations

import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from patience import DEADLINE_MS

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.holes import Hole, Span
from astral_runtime.types.client import Oracle, Unavailable

MakeDocument = Callable[..., DocumentSnapshot]
DISK_EVERY_S = 1.1
"""A little longer than the oracle takes to look at files again."""


def open_at(path: Path, text: str) -> DocumentSnapshot:
    """A buffer over a path that may or may not exist."""
    return DocumentSnapshot(path, Snapshot(text), 1, path.parent)


def types(oracle: Oracle, document: DocumentSnapshot) -> list[str | None]:
    """σ of every hole."""
    return [context.expected_type for context in oracle.contexts(document, document.holes(), DEADLINE_MS)]


def reasons(oracle: Oracle, document: DocumentSnapshot) -> list[str]:
    """Why σ is what it is."""
    return [context.expected_because for context in oracle.contexts(document, document.holes(), DEADLINE_MS)]


@pytest.mark.parametrize(
    "text",
    [
        "def f(a: int) -> int:\r\n    b = a\r\n    return ...\r\n",
        "\ufeffdef f(a: int) -> int:\n    b = a\n    return ...\n",
        "\ufeffx: int = ...\r\ny: int = ...\r\n",
        "# -*- coding: latin-1 -*-\ndef f(ä: int) -> int:\n    return ...\n",
        "def f(a: int) -> int:\r    return ...\r",
        "x: int = ...",
        "def grüße(名: int) -> int:\n    '''😀'''; ö = '€'; return ...\n",
        "def f(a: int) -> int: return '😀€ü' and ...\n",
        "if True:\n\tdef f(a: int) -> int:\n\t\treturn ...\n",
        "x: int = (\n    ...\n)\n",
        "class C:\n\n    '''ü'''\n\n    def f(self) -> int:\n        # ä\n        return ...\n",
    ],
)
def test_any_text(oracle: Oracle, document: MakeDocument, text: str) -> None:
    """Line breaks, byte order marks, coding lines and non-ASCII text change nothing."""
    found = types(oracle, document(text))
    assert found == ["int"] * len(found)
    assert found


@pytest.mark.parametrize(
    ("text", "blamed"),
    [
        ("x: int = 'ä'\r\n", "'ä'"),
        ("\ufeffx: int = 'ä'\n", "'ä'"),
        ("def f() -> int:\n    ü = 'ä'; return 'ö'\n", "'ö'"),
        ("def f() -> int:\n    return ...; x: int = ''\ny: int = ''\n", "''"),
        ("名 = 1; 名.nein\n", "名.nein"),
        ("x: int = ...  # 😀\ny = (1).nein\n", "(1).nein"),
    ],
)
def test_diagnostics_name_their_place(oracle: Oracle, document: MakeDocument, text: str, blamed: str) -> None:
    """Spans are bytes of the document itself, holes unmasked."""
    made = document(text)
    found = oracle.diagnostics(made, DEADLINE_MS)
    assert not isinstance(found, Unavailable)
    assert blamed in [made.slice(fault.span) for fault in found if fault.span is not None]


def test_unsaved_buffers_are_seen_by_others(oracle: Oracle, tmp_path: Path) -> None:
    """What another buffer imports is what this one says now, not what is on disk."""
    (tmp_path / "shop.py").write_text("def price() -> int: return 1\n")
    user = open_at(tmp_path / "user.py", "from shop import price\nx = price()\nx = ...\n")
    assert types(oracle, user) == ["int"]
    assert types(oracle, open_at(tmp_path / "shop.py", "def price() -> str: return ...\n")) == ["str"]
    assert types(oracle, user) == ["str"]
    oracle.forget(tmp_path / "shop.py")
    assert types(oracle, user) == ["int"]


def test_a_buffer_without_a_file(oracle: Oracle, tmp_path: Path) -> None:
    """A file that was never saved can be imported, and is gone when it is closed."""
    fresh = open_at(tmp_path / "fresh_module.py", "class Thing:\n    size: int = ...\n")
    user = open_at(tmp_path / "fresh_user.py", "from fresh_module import Thing\ndef f(t: Thing) -> None:\n    t.size = ...\n")
    assert types(oracle, fresh) == ["int"]
    assert types(oracle, user) == ["int"]
    oracle.forget(fresh.path)
    time.sleep(DISK_EVERY_S)
    assert types(oracle, user) == [None]


def test_files_that_change_on_disk(oracle: Oracle, tmp_path: Path) -> None:
    """Imports are read again after a save elsewhere, directly and through another module."""
    (tmp_path / "base_module.py").write_text("def size() -> int: return 1\n")
    (tmp_path / "middle_module.py").write_text("from base_module import size\nvalue = size()\n")
    user = open_at(tmp_path / "disk_user.py", "import middle_module\nmiddle_module.value = ...\n")
    assert types(oracle, user) == ["int"]
    time.sleep(DISK_EVERY_S)
    types(oracle, user)
    (tmp_path / "base_module.py").write_text("def size() -> bytes: return b''\n")
    time.sleep(DISK_EVERY_S)
    assert types(oracle, user) == ["bytes"]


def test_an_import_that_appears(oracle: Oracle, tmp_path: Path) -> None:
    """A module that could not be found is found once it is there."""
    user = open_at(tmp_path / "waiting.py", "from to_come import size\nx = size()\nx = ...\n")
    assert types(oracle, user) == [None]
    (tmp_path / "to_come.py").write_text("def size() -> int: return 1\n")
    time.sleep(DISK_EVERY_S)
    assert types(oracle, user) == ["int"]


def test_modules_that_import_each_other(oracle: Oracle, tmp_path: Path) -> None:
    """Classes stay the same classes when one module of a cycle is edited."""
    one = "import circle_two\nclass One:\n    def two(self) -> 'circle_two.Two': return ...\n"
    two = "import circle_one\nclass Two:\n    def one(self) -> circle_one.One: return ...\n    def same(self, o: circle_one.One) -> bool: return o == ...\n"
    first, second = tmp_path / "circle_one.py", tmp_path / "circle_two.py"
    first.write_text(one)
    second.write_text(two)
    assert types(oracle, open_at(first, one)) == ["Two"]
    assert types(oracle, open_at(second, two)) == ["One", "One"]
    edited = one + "    limit: int = ...\n"
    assert types(oracle, open_at(first, edited)) == ["Two", "int"]
    assert oracle.diagnostics(open_at(second, two), DEADLINE_MS) == ()
    assert types(oracle, open_at(second, two + "def f(o: circle_one.One) -> None:\n    o.limit = ...\n")) == ["One", "One", "int"]


def test_packages(oracle: Oracle, tmp_path: Path) -> None:
    """Relative imports and package names resolve from where the file lies."""
    package = tmp_path / "shopping" / "inner"
    package.mkdir(parents=True)
    (tmp_path / "shopping" / "__init__.py").write_text("")
    (package / "__init__.py").write_text("RATE: float = 1.0\n")
    (tmp_path / "shopping" / "items.py").write_text("class Item: ...\n")
    text = "from . import RATE\nfrom ..items import Item\nx: Item = ...\nRATE = ...\n"
    assert types(oracle, open_at(package / "cart.py", text)) == ["Item", "float"]


def test_a_module_of_a_package_is_edited_again_and_again(oracle: Oracle, tmp_path: Path) -> None:
    """Nothing imports it, so that each version is let go of when the next stands."""
    root = tmp_path / "shop"
    root.mkdir()
    (root / "__init__.py").write_text("")
    (root / "cart.py").write_text("price = 1\n")
    for version, annotation in enumerate(("int", "str", "float")):
        text = f"price: {annotation} = ...\ndef f(extra: {annotation} = price) -> {annotation}:\n    return hole()\n"
        opened = DocumentSnapshot(root / "cart.py", Snapshot("from astral_lsp import hole\n" + text), version, tmp_path)
        assert [context.expected_type for context in oracle.contexts(opened, opened.holes(), DEADLINE_MS)] == [annotation] * 2


def test_a_file_named_like_a_standard_module(oracle: Oracle, tmp_path: Path) -> None:
    """It is checked for itself; what mypy itself relies on is not replaced by it. Other names need not be identifiers."""
    assert types(oracle, open_at(tmp_path / "types.py", "class FunctionType: ...\nx: FunctionType = ...\n")) == ["FunctionType"]
    assert types(oracle, open_at(tmp_path / "typesuser.py", "def f() -> None: pass\nf.__name__ = ...\n")) == ["str"]
    assert types(oracle, open_at(tmp_path / "my-script.v2.py", "x: int = ...\n")) == ["int"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(\n\ndef g() -> int:\n    return ...\n", ["int"]),
        ("x = = 1\ndef g() -> int:\n    return ...\n", ["int"]),
        ("def f(:\n    y = 1\n\ndef g() -> int:\n    return ...\n", ["int"]),
        ("def g() -> int:\n    x = [1,\n    return ...\n", ["int"]),
        ("def g() -> int:\n    return f(1, ...\n", [None]),
        ("class C\n    pass\nx: int = ...\n", ["int"]),
        ("nonlocal y\nx: int = ...\n", ["int"]),
        ("x: int = ...\n  y = 2\n", ["int"]),
    ],
)
def test_half_typed_code(oracle: Oracle, document: MakeDocument, text: str, expected: list[str | None]) -> None:
    """Lines that do not parse are left out; where the hole is on one, the answer says which."""
    made = document(text)
    assert types(oracle, made) == expected
    for type, reason in zip(expected, reasons(oracle, made), strict=True):
        assert type is not None or ("line" in reason and "does not parse" in reason)


def test_half_typed_code_is_not_remembered(oracle: Oracle, tmp_path: Path) -> None:
    """A text that did not parse does not spoil the next one."""
    path = tmp_path / "typing_away.py"
    for text, expected in [
        ("def g(a: int) -> int:\n    return ...\n", ["int"]),
        ("def g(a: int) -> int:\n    return (...\n", [None]),
        ("def g(a: int) -> str:\n    return (...)\n", ["str"]),
        ("def g(a: int) -> ", []),
        ("def g(a: int) -> bytes:\n    return (...)\n", ["bytes"]),
    ]:
        assert types(oracle, open_at(path, text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(a: int, b: str) -> None: pass\nf(1, )\n", "str"),
        ("x: int = \n", "int"),
        ("def f() -> int:\n    return \n", "int"),
        ("def f() -> int:\n    return", "int"),
    ],
)
def test_gaps_at_the_cursor(oracle: Oracle, document: MakeDocument, text: str, expected: str) -> None:
    """An implicit hole is an empty span where an expression is missing."""
    made = document(text)
    offset = text.index(", )") + 2 if ", )" in text else len(text.rstrip("\n").encode())
    hole = Hole("cursor", "implicit", Span(offset, offset))
    (context,) = oracle.contexts(made, [hole], DEADLINE_MS)
    assert context.expected_type == expected


@pytest.mark.parametrize(
    ("selected", "expected"),
    [
        ("a + 1", "float"),
        ("    b = a + 1\n", "statement"),
        ("b = a + 1\n    c = b", "statement"),
        ("    return b * c\n", "statement"),
        ("b * c", "int"),
    ],
)
def test_regions(oracle: Oracle, document: MakeDocument, selected: str, expected: str) -> None:
    """A selection is an expression with the type of its place, or statements."""
    text = "def f(a: int) -> int:\n    b: float = a + 1\n    b = a + 1\n    c = b\n    return b * c\n"
    start = text.index(selected)
    made = document(text)
    (context,) = oracle.contexts(made, [Hole("selected", "region", Span(start, start + len(selected)))], DEADLINE_MS)
    assert context.expected_type == expected


def test_own_virtual_environment(tmp_path: Path) -> None:
    """Packages come from the workspace's environment, editable ones included, and nothing of it is run."""
    from astral_runtime.types.client import OracleSettings

    site = tmp_path / ".venv" / "lib" / "python3.12" / "site-packages"
    site.mkdir(parents=True)
    (tmp_path / ".venv" / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.12.1\n")
    (tmp_path / ".venv" / "bin").mkdir()
    (tmp_path / ".venv" / "bin" / "python").write_text("#!/bin/sh\ntouch ran\n")
    (site / "typed").mkdir()
    (site / "typed" / "__init__.py").write_text("def one() -> int: return 1\n")
    (site / "typed" / "py.typed").write_text("")
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "edited").mkdir(parents=True)
    (elsewhere / "edited" / "__init__.py").write_text("def two() -> str: return ''\n")
    (elsewhere / "edited" / "py.typed").write_text("")
    (site / "edited.pth").write_text(f"{elsewhere}\nimport sys; open('ran', 'w')\n")
    text = "import sys, typed, edited\na = typed.one()\na = ...\nb = edited.two()\nb = ...\nif sys.version_info >= (3, 12):\n    c: int = ...\n"
    own = Oracle(OracleSettings(root=tmp_path))
    try:
        assert types(own, open_at(tmp_path / "app.py", text)) == ["int", "str", "int"]
    finally:
        own.close()
    assert not [*tmp_path.rglob("ran")]


@pytest.mark.parametrize("trusted", [True, False])
def test_configuration_counts_only_when_trusted(tmp_path: Path, trusted: bool) -> None:
    """The workspace's mypy options, and the plugins they name, are used when it is trusted and only then."""
    from astral_runtime.types.client import OracleSettings

    (tmp_path / "spy.py").write_text(
        textwrap.dedent(
            """
            import pathlib
            from mypy.plugin import Plugin
            pathlib.Path(__file__).with_name("ran").write_text("")
            def plugin(version): return Plugin
            """
        )
    )
    (tmp_path / "mypy.ini").write_text("[mypy]\nplugins = spy.py\ndisallow_untyped_defs = True\nstrict_equality = True\n")
    made = Oracle(OracleSettings(root=tmp_path, trusted=trusted))
    try:
        found = made.diagnostics(open_at(tmp_path / "app.py", "def f(x):\n    return ''\n"), DEADLINE_MS)
    finally:
        made.close()
    assert not isinstance(found, Unavailable)
    assert bool([fault for fault in found if fault.code == "no-untyped-def"]) is trusted
    assert (tmp_path / "ran").exists() is trusted
    assert not (tmp_path / ".mypy_cache").exists()


def test_diagnostics_of_several_documents_at_once(oracle: Oracle, tmp_path: Path) -> None:
    """Each gets its own errors, none takes the place of another."""
    documents = [open_at(tmp_path / f"several{n}.py", f"x{n}: int = ''\ndef f() -> str:\n    return {n}\n") for n in range(6)]
    found: dict[int, object] = {}

    def ask(n: int) -> None:
        faults = oracle.diagnostics(documents[n], DEADLINE_MS)
        found[n] = None if isinstance(faults, Unavailable) else [documents[n].slice(fault.span) for fault in faults if fault.span]

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(len(documents))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {n: ["''", str(n)] for n in range(len(documents))}
