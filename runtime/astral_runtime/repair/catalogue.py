"""Imports that would bind a name: what the workspace's files write, what its modules, the standard library and the environment define.

Files are read, never imported or run. The statements are proposals; a wrong one does not pass the verifiers.
"""

from __future__ import annotations

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

from astral_runtime.document import DocumentSnapshot
from astral_runtime.repair.files import module_of, site_packages, stdlib_folder

MOST_FILES = 1500
LARGEST_FILE = 500_000
"""Bounds of the look at a workspace, in files and in bytes of one."""

_SKIPPED = frozenset({"node_modules", "__pycache__", "venv", "env", "build", "dist", "site-packages"})
_DEFINED = re.compile(r"^(?:(?:class|def|async def)[ \t]+([A-Za-z_]\w*)|([A-Za-z_]\w*)[ \t]*(?::[^=\n]+)?=[^=])", re.MULTILINE)
_DECLARED = re.compile(r"^[ \t]*(?:(?:class|def|async def)[ \t]+([A-Za-z]\w*)|([A-Za-z]\w*)[ \t]*[:=])", re.MULTILINE)
_EXPORTED = re.compile(r"^__all__[^\n]*?=\s*\[(.*?)\]", re.MULTILINE | re.DOTALL)
_FROM = re.compile(r"^[ \t]*from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]+(?:\(([^)]*)\)|([^\n#;(]+))", re.MULTILINE)
_IMPORT = re.compile(r"^[ \t]*import[ \t]+([^\n#;]+)", re.MULTILINE)
_PUBLIC = {"_collections_abc": "collections.abc", "posixpath": "os.path", "_asyncio": "asyncio"}

_KNOWN = (
    "typing", "collections.abc", "collections", "dataclasses", "pathlib", "functools", "itertools", "datetime", "enum", "contextlib", "abc",
    "decimal", "fractions", "types", "operator", "re", "json", "math", "os", "os.path", "sys", "io", "time", "random", "string", "textwrap",
    "copy", "shutil", "subprocess", "tempfile", "threading", "asyncio", "logging", "uuid", "hashlib", "base64", "urllib.parse", "warnings",
)  # fmt: skip
"""Modules of the standard library that a name is first looked for in."""

_ALIASES = {"np": "numpy", "pd": "pandas", "plt": "matplotlib.pyplot", "nx": "networkx", "sa": "sqlalchemy", "dt": "datetime"}
_RELATIVE = re.compile(r"^from[ \t]+\.", re.MULTILINE)


def imports_of(name: str, document: DocumentSnapshot, limit: int = 6) -> list[str]:
    """Import statements that bind `name` in the document, the likeliest first."""
    written = _written(name, document)
    found = [*written, *_named(name, document), *_defined_in_workspace(name, document), *_of_stdlib(name)]
    return [*dict.fromkeys(found)][:limit]


def module_names(document: DocumentSnapshot) -> list[str]:
    """Top-level modules that can be imported: for a misspelt one."""
    own = [module.partition(".")[0] for module, _ in _workspace(document.root or document.path.parent, document.path).modules]
    return [*dict.fromkeys([*own, *sorted(sys.stdlib_module_names), *_packages(document)])]


def _written(name: str, document: DocumentSnapshot) -> Iterator[str]:
    """As other files of the workspace import it, the most usual first; relative imports only from the same folder."""
    seen = _workspace(document.root or document.path.parent, document.path)
    own = [statement for statement, folder in seen.statements[name].items() if folder is None or folder == document.path.parent]
    relative = _RELATIVE.search(document.text) is not None
    yield from sorted(
        own, key=lambda each: (each.startswith("from .") != relative, each.count(".") if each[0] == "i" else 0, -seen.counts[each])
    )


def _named(name: str, document: DocumentSnapshot) -> Iterator[str]:
    """A module of that name."""
    if name in sys.stdlib_module_names and not name.startswith("_"):
        yield f"import {name}"
    packages = _packages(document)
    if name in packages:
        yield f"import {name}"
    if name in _ALIASES and _ALIASES[name].partition(".")[0] in {*packages, *sys.stdlib_module_names}:
        yield f"import {_ALIASES[name]} as {name}"


def _defined_in_workspace(name: str, document: DocumentSnapshot) -> Iterator[str]:
    own = module_of(document.path)[0]
    is_package = document.path.stem == "__init__"
    relative = _RELATIVE.search(document.text) is not None
    for module, names in _workspace(document.root or document.path.parent, document.path).modules:
        package, _, last = module.rpartition(".")
        origin = module if name in names else package if name == last else ""
        if origin:
            near = _relative(origin, own if is_package else own.rpartition(".")[0])
            yield from [f"from {near} import {name}"] if relative and near else []
            yield f"from {origin} import {name}"


def _relative(module: str, package: str) -> str:
    """A module as seen from a package, `..wsgi`; empty where they have no package in common."""
    here, there = package.split("."), module.split(".")
    common = next((n for n, (a, b) in enumerate(zip(here, there, strict=False)) if a != b), min(len(here), len(there)))
    return "." * (len(here) - common + 1) + ".".join(there[common:]) if common and package else ""


def _of_stdlib(name: str) -> list[str]:
    modules = _stdlib_index().get(name, ())
    order = {module: n for n, module in enumerate(_KNOWN)}
    ranked = sorted(modules, key=lambda module: (order.get(module, len(order)), module.count("."), module))
    return [f"from {module} import {name}" for module in ranked[:4]]


@cache
def _stdlib_index() -> dict[str, tuple[str, ...]]:
    """Public names of the standard library, each with the modules that define it."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    folder = stdlib_folder()
    for path in sorted(folder.rglob("*.pyi")) if folder is not None else ():
        parts = path.relative_to(folder or path).with_suffix("").parts
        module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        module = _PUBLIC.get(module, module)
        if parts[0] not in sys.stdlib_module_names or any(part.startswith("_") for part in module.split(".")):
            continue
        for name in _stub_names(path.read_text(encoding="utf-8")):
            found[name].append(module)
    return {name: tuple(dict.fromkeys(modules)) for name, modules in found.items()}


def _stub_names(text: str) -> set[str]:
    """Top-level names, and those that a version test guards."""
    names = {
        a or b
        for a, b in _DECLARED.findall(
            re.sub(r"^(class|def|async def)([^\n]*\n)((?:[ \t]+[^\n]*\n|\n)*)", r"\1\2", text, flags=re.MULTILINE)
        )
    }
    for listed in _EXPORTED.findall(text):
        names.update(re.findall(r"[\"'](\w+)[\"']", listed))
    return {name for name in names if not name.startswith("_")}


def _packages(document: DocumentSnapshot) -> frozenset[str]:
    return frozenset(name for site in site_packages(document.root) for name in _packages_in(site))


@lru_cache(maxsize=8)
def _packages_in(site: Path) -> tuple[str, ...]:
    try:
        entries = [*site.iterdir()]
    except OSError:
        return ()
    return tuple(each.stem for each in entries if each.stem.isidentifier() and (each.suffix == ".py" or (each / "__init__.py").is_file()))


class _Workspace:
    """What the files of a folder define, and how they import. `statements`: name → statement → folder it is good in (None: any)."""

    def __init__(self) -> None:
        self.modules: list[tuple[str, frozenset[str]]] = []
        self.statements: defaultdict[str, dict[str, Path | None]] = defaultdict(dict)
        self.counts: Counter[str] = Counter()

    def add(self, path: Path, text: str) -> None:
        """Take a file in."""
        module = module_of(path)[0]
        if module:
            self.modules.append((module, frozenset(a or b for a, b in _DEFINED.findall(text))))
        for origin, inner, plain in _FROM.findall(text):
            for item in (inner or plain).split(","):
                self._put(f"from {origin} import ", item, path.parent if origin.startswith(".") else None)
        for items in _IMPORT.findall(text):
            for item in items.split(","):
                self._put("import ", item, None)

    def _put(self, head: str, item: str, folder: Path | None) -> None:
        words = re.sub(r"#.*", "", item).split()
        if not words or not all(word.replace(".", "").isidentifier() for word in words):
            return
        if len(words) == 3 and words[0] == words[2]:
            words = words[:1]  # `x as x` only says that x is exported
        statement = head + " ".join(words)
        self.statements[words[-1].partition(".")[0]][statement] = folder
        self.counts[statement] += 1


def _workspace(root: Path, but: Path) -> _Workspace:
    stamps = tuple(sorted(_files(root, but)))
    return _read(stamps)


@lru_cache(maxsize=4)
def _read(stamps: tuple[tuple[Path, int], ...]) -> _Workspace:
    found = _Workspace()
    for path, _ in stamps:
        try:
            found.add(path, path.read_text(encoding="utf-8", errors="replace"))
        except OSError:
            continue
    return found


def _files(root: Path, but: Path) -> Iterator[tuple[Path, int]]:
    """Python files of the workspace with their times of change; the document itself left out."""
    waiting, left = [root], MOST_FILES
    while waiting and left:
        try:
            entries = sorted(waiting.pop().iterdir())
        except OSError:
            continue
        for entry in entries:
            if entry.is_dir():
                if not entry.name.startswith(".") and entry.name not in _SKIPPED and not entry.is_symlink():
                    waiting.append(entry)
            elif entry.suffix == ".py" and entry != but and left:
                status = entry.stat()
                if status.st_size <= LARGEST_FILE:
                    left -= 1
                    yield entry, status.st_mtime_ns
