"""Which execution provider runs the network, and why not a faster one."""

from __future__ import annotations

from dataclasses import dataclass

import onnxruntime

CPU = "CPUExecutionProvider"
CUDA = "CUDAExecutionProvider"


@dataclass(frozen=True, slots=True)
class Provider:
    """What runs the graphs. `fallback` says why it is not CUDA; empty when it is."""

    name: str
    fallback: str = ""


@dataclass(frozen=True, slots=True)
class Device:
    """How to run: `provider` wanted ("cuda" falls back to the CPU with a reason), `threads` of one inference (None: all cores)."""

    provider: str = "cuda"
    threads: int | None = None


def options(device: Device) -> onnxruntime.SessionOptions:
    """Session options: threads sleep between inferences, because an editor's machine has other work."""
    chosen = onnxruntime.SessionOptions()
    chosen.log_severity_level = 4
    chosen.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if device.threads is not None:
        chosen.intra_op_num_threads = device.threads
    return chosen


def open_session(graph: bytes, device: Device) -> tuple[onnxruntime.InferenceSession, Provider]:
    """A session on the wanted provider, else on the CPU with the reason. Raises what ONNX Runtime raises when the graph is unusable."""
    if device.provider != "cuda":
        return _on_cpu(graph, device, "the CPU was asked for")
    if CUDA not in onnxruntime.get_available_providers():
        return _on_cpu(graph, device, f"this onnxruntime ({onnxruntime.__version__}) is built without CUDA")
    try:
        session = onnxruntime.InferenceSession(graph, options(device), providers=[CUDA, CPU])
    except Exception as failed:  # ONNX Runtime raises its own kinds, all plain Exceptions
        return _on_cpu(graph, device, f"CUDA did not start: {failed}")
    if session.get_providers()[0] != CUDA:
        return session, Provider(CPU, "CUDA did not start: no usable device or driver")
    return session, Provider(CUDA)


def _on_cpu(graph: bytes, device: Device, why: str) -> tuple[onnxruntime.InferenceSession, Provider]:
    return onnxruntime.InferenceSession(graph, options(device), providers=[CPU]), Provider(CPU, why)
