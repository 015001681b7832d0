"""Numbers of the system calls that a candidate does not get, for the two machines that Python mostly runs on.

A call that a machine lacks (aarch64 has no `fork`, only `clone`) stands in the other machine's table alone.
"""

from __future__ import annotations

X86_64 = 0xC000003E
AARCH64 = 0xC00000B7
"""AUDIT_ARCH of linux/audit.h: what the kernel calls the machine of a system call."""

PROCESSES = {
    X86_64: {"fork": 57, "vfork": 58, "execve": 59, "execveat": 322, "unshare": 272, "setns": 308},
    AARCH64: {"execve": 221, "execveat": 281, "unshare": 97, "setns": 268},
}
OTHERS = {
    X86_64: {
        "rt_sigqueueinfo": 129, "rt_tgsigqueueinfo": 297, "pidfd_send_signal": 424, "pidfd_open": 434, "pidfd_getfd": 438, "tkill": 200,
        "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "setpriority": 141, "keyctl": 250, "add_key": 248,
        "request_key": 249, "bpf": 321, "perf_event_open": 298, "userfaultfd": 323, "io_uring_setup": 425, "memfd_create": 319,
        "shmget": 29, "msgget": 68, "semget": 64,
    },
    AARCH64: {
        "rt_sigqueueinfo": 138, "rt_tgsigqueueinfo": 240, "pidfd_send_signal": 424, "pidfd_open": 434, "pidfd_getfd": 438, "tkill": 130,
        "ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271, "setpriority": 140, "keyctl": 219, "add_key": 217,
        "request_key": 218, "bpf": 280, "perf_event_open": 241, "userfaultfd": 282, "io_uring_setup": 425, "memfd_create": 279,
        "shmget": 194, "msgget": 186, "semget": 190,
    },
}  # fmt: skip
"""What reaches other processes, or memory that no limit counts."""

NETWORK = {X86_64: {"socket": 41, "connect": 42, "bind": 49}, AARCH64: {"socket": 198, "connect": 203, "bind": 200}}
MOUNTS = {
    X86_64: {"mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161, "open_by_handle_at": 304,
             "open_tree": 428, "move_mount": 429, "fsopen": 430, "mount_setattr": 442},
    AARCH64: {"mount": 40, "umount2": 39, "pivot_root": 41, "chroot": 51, "open_by_handle_at": 265,
              "open_tree": 428, "move_mount": 429, "fsopen": 430, "mount_setattr": 442},
}  # fmt: skip

FILES = {
    X86_64: {
        "creat": 85, "unlink": 87, "unlinkat": 263, "rename": 82, "renameat": 264, "renameat2": 316, "mkdir": 83, "mkdirat": 258,
        "rmdir": 84, "link": 86, "linkat": 265, "symlink": 88, "symlinkat": 266, "mknod": 133, "mknodat": 259, "truncate": 76,
        "chmod": 90, "fchmod": 91, "fchmodat": 268, "fchmodat2": 452, "chown": 92, "fchown": 93, "lchown": 94, "fchownat": 260,
        "utime": 132, "utimes": 235, "futimesat": 261, "utimensat": 280, "setxattr": 188, "lsetxattr": 189, "fsetxattr": 190,
        "removexattr": 197, "lremovexattr": 198, "fremovexattr": 199,
    },
    AARCH64: {
        "unlinkat": 35, "renameat": 38, "renameat2": 276, "mkdirat": 34, "linkat": 37, "symlinkat": 36, "mknodat": 33, "truncate": 45,
        "fchmod": 52, "fchmodat": 53, "fchmodat2": 452, "fchown": 55, "fchownat": 54, "utimensat": 88, "setxattr": 5, "lsetxattr": 6,
        "fsetxattr": 7, "removexattr": 14, "lremovexattr": 15, "fremovexattr": 16,
    },
}  # fmt: skip
"""What changes files without opening them for writing. Denied where no file system of one's own stands around the candidate."""

CLONE = {X86_64: 56, AARCH64: 220}
CLONE3 = 435
OPENAT2 = 437
OPENS = {X86_64: ((2, 1), (257, 2)), AARCH64: ((56, 2),)}
"""Calls that open a file, with the index of the argument that holds the flags."""
SIGNALS = {X86_64: (62, 234), AARCH64: (129, 131)}
"""kill and tgkill: a process may still signal itself, as abort() does."""
PRLIMIT = {X86_64: 302, AARCH64: 261}
