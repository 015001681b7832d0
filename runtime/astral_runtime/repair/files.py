"""Where modules lie: the workspace, the environment's packages, and the stubs of the standard library. Nothing is imported."""

from __future__ import annotations

import importlib.util
import sysconfig
from functools import cache
from pathlib import Path

_VENVS = (".venv", "venv", "env")


@cache
def stdlib_folder() -> Path | None:
    """The folder of the standard library's stubs, as the type checker brings it."""
    spec = importlib.util.find_spec("mypy")  # of a top-level package: nothing is imported
    folder = Path(spec.origin).parent / "typeshed" / "stdlib" if spec is not None and spec.origin else None
    return folder if folder is not None and folder.is_dir() else None


def stdlib(module: str) -> Path | None:
    """The stub of a module of the standard library."""
    folder = stdlib_folder()
    return _under(folder, module, ".pyi") if folder is not None else None


def site_packages(root: Path | None) -> tuple[Path, ...]:
    """The packages of the workspace's virtual environment, else those of our own."""
    found = [site for name in _VENVS if root is not None for site in sorted((root / name).glob("lib*/python3*/site-packages"))]
    return tuple(found) or (Path(sysconfig.get_paths()["purelib"]),)


def module_of(path: Path) -> tuple[str, Path]:
    """The dotted name of a file's module, and the folder that its package lies in."""
    folder, parts = path.parent, [] if path.stem == "__init__" else [path.stem]
    while (folder / "__init__.py").is_file() or (folder / "__init__.pyi").is_file():
        parts.insert(0, folder.name)
        folder = folder.parent
    return ".".join(parts), folder


def find_module(module: str, path: Path, root: Path | None) -> Path | None:
    """The file of a module as a document at `path` would import it; None when it is not found or is no Python source."""
    if not module:
        return None
    bases = [module_of(path)[1], *([root, root / "src"] if root is not None else [])]
    for base in (*bases, *site_packages(root)):
        found = _under(base, module, ".pyi") or _under(base, module, ".py")
        if found is not None and found != path:
            return found
    return stdlib(module)


def _under(base: Path, module: str, suffix: str) -> Path | None:
    place = base.joinpath(*module.split("."))
    for candidate in (place / f"__init__{suffix}", place.with_name(place.name + suffix)):
        if candidate.is_file():
            return candidate
    return None
