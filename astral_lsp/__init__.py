"""astral-lsp: typed holes in Python, filled under constraints and verified. User code needs only `hole`."""

from astral_lsp.hole import UnfilledHoleError, hole

__all__ = ["UnfilledHoleError", "hole"]
__version__ = "0.1.0"
