"""Text with ▢ → tokens with masks: how a partly filled proposal of search enters the denoiser (a partially denoised state, §2.3)."""

from __future__ import annotations

from astral_native import Snapshot
from astral_runtime.context.tokenise import Tokenizer
from astral_runtime.context.vocabulary import ID, MASK
from astral_runtime.holes import SUBHOLE

STAND_IN = "astral_subhole"
SLOTS = 3
"""Masks for one ▢: most sub-expressions are a name, an attribute of it, or a call of no arguments away from it."""


def skeleton(text: str, tokenizer: Tokenizer) -> list[int]:
    """Token ids of `text`, SLOTS masks for each ▢; a NEWLINE that only ends the text is left out."""
    tokens = tokenizer.tokens(Snapshot(text.replace(SUBHOLE, STAND_IN)))
    ids: list[int] = []
    previous = -1
    for token, lexeme in zip(tokens.ids.tolist()[1:-1], tokens.lexeme.tolist()[1:-1], strict=True):
        word = tokens.lexed.data[tokens.lexed.starts[lexeme] : tokens.lexed.ends[lexeme]]
        if word == STAND_IN.encode():
            ids += [MASK] * SLOTS if lexeme != previous else []
        else:
            ids.append(token)
        previous = lexeme
    return ids[:-1] if ids and ids[-1] == ID["<NEWLINE>"] else ids
