"""The stub file is what the binary is."""

from __future__ import annotations

import subprocess
import sys


def test_stub_agrees_with_the_binary() -> None:
    """mypy's stubtest finds no difference between the stub and the compiled module."""
    done = subprocess.run([sys.executable, "-m", "mypy.stubtest", "astral_native"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
