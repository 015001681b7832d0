"""Limits that a process puts on itself (setrlimit). They only ever go down, and children inherit them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import shutil
import sys
from collections.abc import Mapping

MIB = 1 << 20
SCRATCH = "/tmp"
_PR_SET_CHILD_SUBREAPER = 36

_AT_START = frozenset(os.listdir(SCRATCH)) if os.path.isdir(SCRATCH) else frozenset()
"""What the folder holds from the start: the way to a workspace that lies in it."""


def limit_worker(limits: Mapping[str, int]) -> None:
    """What the worker and everything below it may have: files, their size, processes, memory; no core dumps."""
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, limits["file_mb"] * MIB)
    _lower(resource.RLIMIT_NOFILE, limits["files"])
    _lower(resource.RLIMIT_AS, limits["module_mb"] * MIB)
    with contextlib.suppress(ValueError, OSError):  # not every system counts processes
        _lower(resource.RLIMIT_NPROC, limits["processes"])


def limit_candidate(limits: Mapping[str, int], held: int) -> None:
    """What one batch of candidates may have on top of what the module holds already (`held` bytes): memory, and CPU time."""
    _lower(resource.RLIMIT_AS, held + limits["memory_mb"] * MIB)
    used = resource.getrusage(resource.RUSAGE_SELF)
    _lower(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + limits["batch_s"] + 1)


def clear_scratch() -> None:
    """Empty the sandbox's own folder for temporary files: what one run leaves there is not for the next.

    Does nothing where the folder is the machine's: only bubblewrap gives a root that cannot be written to and a /tmp mounted on it."""
    if not (os.statvfs("/").f_flag & os.ST_RDONLY and os.path.ismount(SCRATCH)):
        return
    for entry in (each for each in os.scandir(SCRATCH) if each.name not in _AT_START):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                os.unlink(entry.path)


def adopt() -> None:
    """Become the parent of every process below whose own parent ends, so that none can hide."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children() -> list[int]:
    """Process ids of this process's children; none where the system does not tell."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as stream:
            return [int(pid) for pid in stream.read().split()]
    except OSError:
        return []


def held() -> int:
    """Bytes of address space that this process has."""
    try:
        with open("/proc/self/statm", encoding="ascii") as stream:
            return int(stream.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 512 * MIB


def _lower(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (value, value))
