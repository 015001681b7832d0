"""How much the workspace's code may use while it runs."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one worker and of the candidates in it. Sizes in MiB, times in seconds.

    `run_cpu_ms`: CPU time of one run of one example; `run_wall_s`: its wall-clock time, at which its process is killed.
    `batch_s`: CPU time of one process that runs many candidates in turn. `memory_mb`: what candidates may hold on top of the module.
    `module_mb`: address space of the module itself; `scratch_mb`: the folder for temporary files, which is memory too.
    `file_mb`: the largest file; `files`: open files; `processes`: processes and threads of the whole worker.
    `output_kb`: what one run may print.
    """

    run_cpu_ms: int = 1000
    run_wall_s: float = 3.0
    batch_s: int = 20
    memory_mb: int = 512
    module_mb: int = 8192
    scratch_mb: int = 64
    file_mb: int = 16
    files: int = 128
    processes: int = 64
    output_kb: int = 64

    def message(self) -> dict[str, int | float]:
        """As the worker reads them."""
        return asdict(self)
