"""The sandbox ladder: which level can be had here, and why no higher one."""

from __future__ import annotations

import functools
import platform
import shutil
import subprocess
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Level:
    """A step of the ladder: 1 bubblewrap (own file system, no network, limits), 3 limits only, 0 nothing runs.

    `why` is empty at level 1; else it says what stands against it, for `doctor` and the status bar.
    """

    number: int
    name: str
    why: str = ""

    @property
    def runs(self) -> bool:
        """Whether anything is run at this level."""
        return self.number > 0


@dataclass(frozen=True, slots=True)
class Bubblewrap:
    """A `bwrap` that works here. `disables_namespaces`: it can forbid further user namespaces (0.8 and newer)."""

    path: str
    disables_namespaces: bool


@functools.cache
def bubblewrap() -> Bubblewrap | str:
    """The bubblewrap of this machine, tried once; or why there is none."""
    if platform.system() != "Linux":
        return "bubblewrap is for Linux"
    path = shutil.which("bwrap")
    if path is None:
        return "bubblewrap is not installed (Debian: apt-get install bubblewrap)"
    newer = Bubblewrap(path, disables_namespaces=True)
    failed = _failure(newer)
    if failed:
        newer, failed = Bubblewrap(path, disables_namespaces=False), _failure(Bubblewrap(path, disables_namespaces=False))
    return f"bubblewrap does not work here: {failed}" if failed else newer


def isolation(found: Bubblewrap) -> list[str]:
    """The arguments that every use of bubblewrap has: own namespaces, no network, no rights, ended with its parent."""
    further = ["--unshare-user", "--disable-userns"] if found.disables_namespaces else []
    return [found.path, "--unshare-all", *further, "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]


def level(*, trusted: bool, limits_only: bool) -> Level:
    """The level for a workspace. `limits_only`: the user turned level 3 on, for machines without bubblewrap."""
    if not trusted:
        return Level(0, "off", "the workspace is not trusted: none of its code is run")
    found = bubblewrap()
    if not isinstance(found, str):
        return Level(1, "bubblewrap")
    if platform.system() == "Windows":
        return Level(0, "off", "no sandbox for Windows")
    if limits_only:
        return Level(3, "limits only", found)
    return Level(0, "off", f"{found}; running with limits only is off")


def _failure(found: Bubblewrap) -> str:
    """Why an empty sandbox does not start; "" when it does."""
    command = [
        *isolation(found),
        "--ro-bind",
        "/",
        "/",
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        "--tmpfs",
        "/tmp",
        shutil.which("true") or "true",
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error).splitlines()[0]
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
