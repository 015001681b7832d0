"""Names that several test folders share."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

Run = Callable[..., "subprocess.CompletedProcess[str]"]
"""`run(*arguments, cwd=None)`: the command line as a finished process."""
