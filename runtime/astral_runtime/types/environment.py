"""Where the workspace's packages lie and which options mypy gets.

Nothing of the workspace is ever run to find out: a virtual environment is read from its `pyvenv.cfg` and `.pth` files.
The workspace's own mypy configuration (and the plugins it names, which are code) counts only when it is trusted.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mypy import pyinfo
from mypy.main import process_options
from mypy.options import Options

CONFIG_NAMES = ("mypy.ini", ".mypy.ini", "pyproject.toml", "setup.cfg")
VENV_NAMES = (".venv", "venv", "env")


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python version and the directories that its third-party packages are imported from."""

    version: tuple[int, int]
    packages: tuple[str, ...]


def interpreter(root: Path | None, python: str | None) -> Interpreter:
    """The interpreter named by `python`, else the workspace's virtual environment, else our own."""
    prefix = _prefix_of(Path(python)) if python else _workspace_prefix(root)
    return (_read_venv(prefix) if prefix else None) or _own()


def _prefix_of(python: Path) -> Path | None:
    prefix = Path(os.path.abspath(python)).parent.parent
    return prefix if (prefix / "pyvenv.cfg").is_file() or list(_site_packages(prefix)) else None


def _workspace_prefix(root: Path | None) -> Path | None:
    found = (root / name for name in VENV_NAMES) if root else ()
    return next((prefix for prefix in found if (prefix / "pyvenv.cfg").is_file()), None)


def _own() -> Interpreter:
    sys_path, site_packages = pyinfo.getsearchdirs()
    return Interpreter((sys.version_info[0], sys.version_info[1]), tuple(dict.fromkeys([*sys_path, *site_packages])))


def _read_venv(prefix: Path) -> Interpreter | None:
    config = _pyvenv(prefix)
    sites = [*_site_packages(prefix)]
    if config.get("include-system-site-packages", "").lower() == "true" and "home" in config:
        sites += _site_packages(Path(config["home"]).parent)
    if not sites:
        return None
    version = _version(config.get("version", config.get("version_info", "")) or sites[0].parent.name.removeprefix("python"))
    return Interpreter(version, tuple(dict.fromkeys(entry for site in sites for entry in (str(site), *_pth_entries(site)))))


def _pyvenv(prefix: Path) -> dict[str, str]:
    try:
        lines = (prefix / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    return {key.strip().lower(): value.strip() for key, _, value in (line.partition("=") for line in lines)}


def _version(text: str) -> tuple[int, int]:
    major, _, rest = text.partition(".")
    minor = rest.partition(".")[0]
    own = (sys.version_info[0], sys.version_info[1])
    return (int(major), int(minor)) if major == "3" and minor.isdigit() and int(minor) >= 10 else own


def _site_packages(prefix: Path) -> Iterator[Path]:
    found = [*sorted(prefix.glob("lib*/python3*/site-packages")), prefix / "Lib" / "site-packages"]
    yield from dict.fromkeys(site.resolve() for site in found if site.is_dir())


def _pth_entries(site: Path) -> Iterator[str]:
    """Directories that `.pth` files add (editable installs). Lines that would run code are skipped."""
    for pth in sorted(site.glob("*.pth")):
        try:
            lines = pth.read_text(encoding="utf-8-sig", errors="replace").splitlines()
        except OSError:
            continue
        for line in lines:
            entry = (site / line.strip()).resolve() if line.strip() and not line.startswith(("#", "import ", "import\t")) else None
            if entry is not None and entry.is_dir():
                yield str(entry)


def options_for(root: Path | None, found: Interpreter, config: Path | None, *, trusted: bool) -> Options:
    """mypy's options: the trusted configuration's where there is one, and what the oracle itself relies on."""
    options = _configured(config if config is not None else _find_config(root)) if trusted else _configured(None)
    if options.python_version == (sys.version_info[0], sys.version_info[1]):
        options.python_version = found.version
    options.mypy_path = [*(os.path.join(root or "", entry) for entry in options.mypy_path), *_source_roots(root)]
    options.python_executable = None  # its packages were found without running it
    options.follow_imports = "silent"  # the bodies and errors of other files are not ours to show
    options.native_parser = True
    options.check_untyped_defs = True
    options.local_partial_types = True  # lets a function be re-checked by itself
    options.incremental = False
    options.fine_grained_incremental = False
    options.cache_dir = os.devnull
    options.num_workers = 0
    options.many_errors_threshold = -1
    options.raise_exceptions = True
    options.show_traceback = False
    options.output = None
    options.report_dirs = {}
    return options


def _configured(config: Path | None) -> Options:
    said = io.StringIO()
    if config is not None:
        try:
            return process_options(["--config-file", str(config)], said, said, require_targets=False, server_options=True)[1]
        except SystemExit:  # a broken configuration is the user's to fix; the oracle goes on with the defaults
            pass
    return process_options(["--config-file="], said, said, require_targets=False, server_options=True)[1]


def _find_config(root: Path | None) -> Path | None:
    if root is None:
        return None
    for name in CONFIG_NAMES:
        path = root / name
        if path.is_file() and (name in CONFIG_NAMES[:2] or _mentions_mypy(path)):
            return path
    return None


def _mentions_mypy(path: Path) -> bool:
    text = path.read_text(encoding="utf-8", errors="replace")
    return "[tool.mypy" in text or "[mypy" in text


def _source_roots(root: Path | None) -> list[str]:
    return [str(path) for path in (root, root / "src") if path.is_dir()] if root else []
