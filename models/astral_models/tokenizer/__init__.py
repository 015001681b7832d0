"""The runtime's own tokens, as training reads them: `astral_runtime.context` has the vocabulary, the reading and the layout."""

from __future__ import annotations

from astral_models.tokenizer.encode import encode, load_tokenizer

__all__ = ["encode", "load_tokenizer"]
