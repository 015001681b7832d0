"""The command that starts a worker: its interpreter, what it may see, and its environment."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from astral_runtime.sandbox.level import Bubblewrap, isolation
from astral_runtime.sandbox.limits import Limits

VENV_NAMES = (".venv", "venv", "env")

SYSTEM = ("/usr", "/lib", "/lib64", "/lib32", "/bin", "/sbin", "/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime")
"""What every program needs of a system. Nothing of the user's home is in it."""

OURS = "/astral_runtime"
"""Where our own modules lie within the sandbox."""

_PACKAGE = Path(__file__).resolve().parent.parent

_START = """
import json, sys, types
sys.path[:] = [path for path in sys.path if path]
for name in ("astral_runtime", "astral_runtime.examples", "astral_runtime.values"):
    module = types.ModuleType(name)
    module.__path__ = [sys.argv[1] + name.removeprefix("astral_runtime").replace(".", "/")]
    sys.modules[name] = module
from astral_runtime.sandbox.inside.serve import main
main(json.loads(sys.argv[2]))
"""
"""Only the parts of astral_runtime that need nothing but the standard library are loaded, whatever the workspace's interpreter has."""


@dataclass(frozen=True, slots=True)
class Start:
    """How to start one worker."""

    command: tuple[str, ...]
    environment: dict[str, str]
    folder: str


def interpreter_of(root: Path | None, python: str | None) -> str:
    """The interpreter named by `python`, else the workspace's virtual environment, else our own. Nothing is run to find it."""
    if python:
        return os.path.abspath(python)
    found = (root / name / "bin" / "python" for name in VENV_NAMES if root and (root / name / "pyvenv.cfg").is_file())
    return next((str(path) for path in found if path.exists()), sys.executable)


def confined(found: Bubblewrap, python: str, shown: Iterable[Path], limits: Limits) -> Start:
    """A worker in bubblewrap that sees the system, the interpreter and the folders `shown`, all read-only."""
    binds = sorted({*SYSTEM, *_interpreter_folders(python), *map(str, shown)}, key=len)
    command = [*isolation(found), "--as-pid-1", "--unsetenv", "PWD"]
    for name, value in _environment("/tmp").items():
        command += ["--setenv", name, value]
    command += ["--proc", "/proc", "--dev", "/dev"]
    if found.disables_namespaces:
        command += ["--size", str(limits.scratch_mb << 20)]
    command += ["--tmpfs", "/tmp"]
    for path in binds:
        command += ["--ro-bind-try", path, path]
    command += ["--ro-bind", str(_PACKAGE), OURS, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp", "--"]
    return Start((*command, *_python(python, OURS, limits, may_write=True, processes=_counts_per_namespace())), {}, "/")


def limited(python: str, limits: Limits) -> Start:
    """A worker with nothing around it but its limits, in a session of its own."""
    return Start(tuple(_python(python, str(_PACKAGE), limits, may_write=False, processes=False)), _environment("/"), "/")


def _python(python: str, ours: str, limits: Limits, *, may_write: bool, processes: bool) -> Sequence[str]:
    said = {**limits.message(), "may_write": may_write}
    if not processes:
        said["processes"] = 1 << 20
    return python, "-s", "-c", _START, ours, json.dumps(said)


def _environment(home: str) -> dict[str, str]:
    """Nothing of the user's: no tokens, no proxies, no PYTHONPATH. A fixed hash seed makes a run repeatable."""
    return {
        "PATH": "/usr/bin:/bin", "HOME": home, "TMPDIR": "/tmp", "LANG": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0", "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2",
    }  # fmt: skip


def _counts_per_namespace() -> bool:
    """Whether the kernel (5.14 and newer) counts the sandbox's processes apart from those of the same user outside."""
    parts = platform.release().split(".")
    return parts[0].isdigit() and parts[1].isdigit() and (int(parts[0]), int(parts[1])) >= (5, 14)


def _interpreter_folders(python: str) -> Iterator[str]:
    """The folders that an interpreter is made of: those of each link on the way to it, its base, and its `.pth` entries."""
    path = Path(os.path.abspath(python))
    for link in _links(path):
        prefix = link.parent.parent
        if (prefix / "pyvenv.cfg").is_file() or any(prefix.glob("lib*/python3*/os.py")):
            yield str(prefix)
        yield from map(str, _pth_folders(prefix))


def _links(path: Path) -> Iterator[Path]:
    for _ in range(16):
        yield path
        yield path.parent.resolve() / path.name
        if not path.is_symlink():
            return
        path = Path(os.path.normpath(path.parent / os.readlink(path)))


def _pth_folders(prefix: Path) -> Iterator[Path]:
    for pth in sorted(prefix.glob("lib*/python3*/site-packages/*.pth")):
        try:
            lines = pth.read_text(encoding="utf-8-sig", errors="replace").splitlines()
        except OSError:
            continue
        named = (line.strip() for line in lines if line.strip() and not line.startswith(("#", "import ", "import\t")))
        yield from (folder for folder in ((pth.parent / name).resolve() for name in named) if folder.is_dir() and folder != Path("/"))
