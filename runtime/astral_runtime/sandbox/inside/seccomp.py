"""A filter of system calls (seccomp) that a process puts on itself before it runs a candidate. It cannot be taken off again.

A denied call fails with EPERM, so that the candidate sees an ordinary OSError. Threads are allowed, processes are not.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from functools import cache
from typing import Any

from astral_runtime.sandbox.inside import syscalls

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # opcodes of classic BPF
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_NUMBER, _MACHINE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
_X32 = 0x40000000
_CLONE_THREAD = 0x00010000
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2

MACHINES = {"x86_64": syscalls.X86_64, "aarch64": syscalls.AARCH64}

_Instruction = tuple[int, int, int, int]
_SIZE, _VALUE = 8, 4  # of an instruction, and where its value begins
_SELF = 0xFFFFFFF0  # stands for the number of the process, which no process has


def available() -> bool:
    """Whether this machine's calls are known and its kernel filters. Asks only; nothing is filtered yet."""
    if platform.system() != "Linux" or platform.machine() not in MACHINES or struct.calcsize("P") != 8:
        return False
    return os.path.exists("/proc/sys/kernel/seccomp/actions_avail") or os.path.exists("/proc/self/seccomp")


def prepare(*, may_write: bool) -> None:
    """What `confine` needs that is the same for every process: done once, before any is forked."""
    machine = _machine()
    if machine is not None:
        _filter(machine, may_write)
        _prctl()


def confine(*, may_write: bool) -> bool:
    """Deny this process, for good, processes, sockets, signals to others, mounts, and without `may_write` any change of a file.

    False where that cannot be had: the caller then relies on the other limits.
    """
    machine = _machine()
    if machine is None:
        return False
    code, places = _filter(machine, may_write)
    held = ctypes.create_string_buffer(code, len(code))
    for place in places:
        struct.pack_into("I", held, place, os.getpid())
    fprog = struct.pack("HxxxxxxP", len(code) // _SIZE, ctypes.addressof(held))
    prctl, privileges = _prctl()
    return bool(privileges(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 and prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, fprog, 0, 0) == 0)


def _machine() -> int | None:
    return MACHINES.get(platform.machine()) if platform.system() == "Linux" else None


@cache
def _filter(machine: int, may_write: bool) -> tuple[bytes, tuple[int, ...]]:
    """The filter's code, and where in it the number of the process belongs."""
    program = _program(machine, _SELF, may_write=may_write)
    places = tuple(n * _SIZE + _VALUE for n, instruction in enumerate(program) if instruction[3] == _SELF)
    return b"".join(struct.pack("HBBI", *instruction) for instruction in program), places


@cache
def _prctl() -> tuple[Any, Any]:
    """prctl with a filter as its argument, and with numbers."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl.argtypes = [ctypes.c_int, ctypes.c_ulong, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_ulong]
    privileges = ctypes.CDLL(None, use_errno=True).prctl
    privileges.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    return prctl, privileges


def _program(machine: int, pid: int, *, may_write: bool) -> list[_Instruction]:
    eperm, enosys = _ERRNO | errno.EPERM, _ERRNO | errno.ENOSYS
    program: list[_Instruction] = [
        (_LOAD, 0, 0, _MACHINE), (_EQUAL, 1, 0, machine), (_RETURN, 0, 0, eperm),
        (_LOAD, 0, 0, _NUMBER), (_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, eperm),
    ]  # fmt: skip
    tables = [syscalls.PROCESSES, syscalls.OTHERS, syscalls.NETWORK, syscalls.MOUNTS, *([] if may_write else [syscalls.FILES])]
    for table in tables:
        for number in table[machine].values():
            program += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, eperm)]
    program += [(_EQUAL, 0, 1, syscalls.CLONE3), (_RETURN, 0, 0, enosys)]  # libc then calls clone, whose flags can be seen
    program += _argument(syscalls.CLONE[machine], 0, (_ANY_BIT, 1, 0, _CLONE_THREAD), eperm)
    for number in syscalls.SIGNALS[machine]:
        program += _argument(number, 0, (_EQUAL, 1, 0, pid), eperm)
    program += _argument(syscalls.PRLIMIT[machine], 0, (_EQUAL, 1, 0, 0), eperm)
    if not may_write:
        program += [(_EQUAL, 0, 1, syscalls.OPENAT2), (_RETURN, 0, 0, enosys)]
        for number, index in syscalls.OPENS[machine]:
            program += _argument(number, index, (_ANY_BIT, 0, 1, _WRITING), eperm)
    return [*program, (_RETURN, 0, 0, _ALLOW)]


def _argument(number: int, index: int, test: _Instruction, denied: int) -> list[_Instruction]:
    """Deny `number` unless `test`, on the low word of an argument, jumps over the denial; the number is loaded again behind it."""
    return [
        (_EQUAL, 0, 4, number), (_LOAD, 0, 0, _ARGUMENTS + 8 * index), test, (_RETURN, 0, 0, denied), (_LOAD, 0, 0, _NUMBER),
    ]  # fmt: skip
