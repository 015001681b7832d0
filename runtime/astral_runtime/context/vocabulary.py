"""The fixed part of the vocabulary, in its frozen order: specials, layout, keywords, operators, quotes, bytes. Subwords follow."""

from __future__ import annotations

from astral_native import LEXEME_KINDS

MARK = "▁"
"""In front of a subword: a word starts here (in code), or a space stands here (in text)."""

PAD, MASK, EXPAND, DELETE, EOS, SEP, TYPE, SPARE = range(8)
SPECIALS = ("[PAD]", "[M]", "[EXPAND]", "[DELETE]", "[EOS]", "[SEP]", "[TYPE]", "[SPARE]")
"""[M] is the masked slot; [EXPAND] asks for one more slot, [DELETE] for one fewer (DreamOn); [TYPE] introduces an expected type."""

LAYOUT = ("NEWLINE", "INDENT", "DEDENT")
COMMENT, COMMENT_END, RAW, RAW_END = "<#>", "</#>", "<raw>", "</raw>"
TEXT_MARKS = (COMMENT, COMMENT_END, RAW, RAW_END)
FIRST_WORD = LEXEME_KINDS.index("False")
WORDS = tuple(LEXEME_KINDS[FIRST_WORD:])
"""Keywords and operators; token `<kw>` + word."""

QUOTES = ('"', "'", '"""', "'''")
PREFIXES = ("", "r", "b", "u", "rb", "f", "rf")
"""String prefixes in lower case, letters in this order: neither case nor order changes what a literal means."""
BYTES = tuple(f"<0x{value:02X}>" for value in range(256))

FIXED = (
    *SPECIALS,
    *(f"<{name}>" for name in LAYOUT),
    *TEXT_MARKS,
    *(f"<kw>{word}" for word in WORDS),
    *(f"<open>{prefix}{quote}" for prefix in PREFIXES for quote in QUOTES),
    *(f"<close>{quote}" for quote in QUOTES),
    *BYTES,
)
ID = {token: index for index, token in enumerate(FIXED)}


def normal_prefix(prefix: str) -> str:
    """The listed spelling of a string prefix (`BR` → `rb`)."""
    lower = prefix.lower()
    return {"br": "rb", "fr": "rf"}.get(lower, lower)
