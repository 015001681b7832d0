"""What the tokens in front of a slot say of the word that may stand there, read from the hole's start while nothing of it is masked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from astral_runtime.context.vocabulary import BYTES as BYTE_NAMES
from astral_runtime.context.vocabulary import FIXED, ID, MARK

OPEN = {ID[f"<kw>{sign}"] for sign in "([{"}
CLOSE = {ID[f"<kw>{sign}"] for sign in ")]}"}
DOT, COMMA, ASSIGN, LAMBDA, FOR, IN = (ID[f"<kw>{sign}"] for sign in (".", ",", "=", "lambda", "for", "in"))
READING = frozenset(
    ID[f"<kw>{word}"]
    for word in (
        *("return", "and", "or", "not", "if", "elif", "while", "in", "is", "await", "assert"),
        *("+", "/", "//", "%", "==", "!=", "<", ">", "<=", ">=", "<<", ">>", "&", "^"),
        *("+=", "-=", "*=", "/=", "//=", "%=", "&=", "|=", "^=", "<<=", ">>=", "**=", "@="),
    )
)
"""Behind one of these a name is read, never bound, wherever it stands."""

DEFINING = frozenset(
    ID[f"<kw>{word}"]
    for word in ("lambda", "def", "class", "import", "global", "nonlocal", "for", "with", "except", "del", ":=", "->", "async")
)
"""With one of these in front, a word may be bound, or read where the scope of the hole does not reach."""

STRINGS = {index for name, index in ID.items() if name.startswith("<open>") and "f" not in name.removeprefix("<open>").rstrip("\"'")}
FIELDS = {index for name, index in ID.items() if name.startswith("<open>")} - STRINGS
BYTES = {index for name, index in ID.items() if name.startswith(("<open>b", "<open>rb"))}
CLOSING = {index for name, index in ID.items() if name.startswith("<close>")}
TEXT = {ID["<#>"], ID["<raw>"]}
BYTE = {ID[name] for name in BYTE_NAMES}


@dataclass(slots=True)
class Bracket:
    """An open bracket: its token, what is called by it ("" when it only groups, None when that is not a plain name), and whether its
    first element may still turn out to be a comprehension's. `fresh`: nothing but one string's begin stands in it."""

    token: int
    callee: str | None
    first: bool = True
    fresh: bool = True


@dataclass(slots=True)
class Prefix:
    """The reading of the tokens in front of a slot.

    `doubt`: something was met that the reading does not follow. `words`: identifiers so far. `chain`: the dotted name that ends here,
    None without one. `last`: the last token that belongs to no word. `word`: pieces of the word that ends here, [] without one.
    `content`: pieces of the string that is open here, None outside of one; `opener`: its token. `first`: whether nothing has been read.
    `literal`: the class of the string that ends here, None without one. `lead`: the token in front of the chain.
    """

    names: Sequence[str]
    last: int
    doubt: bool = False
    words: list[str] = field(default_factory=list)
    brackets: list[Bracket] = field(default_factory=list)
    chain: str | None = None
    word: list[int] = field(default_factory=list)
    content: list[int] | None = None
    opener: int = 0
    literal: str | None = None
    first: bool = True
    lead: int = -1

    def read(self, ids: Sequence[int]) -> Prefix:
        """Itself, behind these tokens."""
        for token in ids:
            self._token(token)
        return self

    def text(self) -> str:
        """The word that ends here."""
        return "".join(self.names[token] for token in self.word).removeprefix(MARK)

    def _token(self, token: int) -> None:
        if self.content is not None:
            self._inside(token)
        elif token in BYTE or token in TEXT or token in FIELDS:
            self.doubt = True
        elif token in STRINGS:
            self._end_word()
            self.content, self.opener, self.chain, self.literal = [], token, None, None
            self.last = token
        elif token >= len(FIXED):
            self._piece(token)
        else:
            self._end_word()
            self._sign(token)

    def _inside(self, token: int) -> None:
        if token in CLOSING:
            self.first = False
            if self.brackets:
                self.brackets[-1].fresh = False
            self.content, self.literal, self.last = None, "bytes" if self.opener in BYTES else "str", token
        elif self.content is not None:
            self.content.append(token)

    def _piece(self, token: int) -> None:
        self.first = False
        if self.brackets:
            self.brackets[-1].fresh = False
        if self.names[token].startswith(MARK):
            self._end_word()
            self.doubt |= self.last == -1  # a soft keyword
            self.word = [token]
        else:
            self.word.append(token)

    def _end_word(self) -> None:
        """The word is complete: it joins the chain that it goes on with, or begins one."""
        if not self.word:
            return
        text, self.word = self.text(), []
        goes_on = self.last == DOT
        self.chain = (f"{self.chain}.{text}" if self.chain else None) if goes_on else text if text.isidentifier() else None
        if not goes_on and text.isidentifier():
            self.words.append(text)
        if not goes_on:
            self.lead = self.last
        self.literal, self.last = None, -1

    def _sign(self, token: int) -> None:
        self.first = False
        if self.brackets:
            self.brackets[-1].fresh = False
        if token in DEFINING:
            self.doubt = True
        if token in OPEN:
            called = self.last == -1 or self.last in CLOSE or self.last in CLOSING
            self.brackets.append(Bracket(token, self.chain if called else ""))
        elif token in CLOSE:
            if self.brackets:
                self.brackets.pop()
            else:
                self.doubt = True
        elif token == COMMA and self.brackets:
            self.brackets[-1].first = False
        if token != DOT:
            self.chain, self.literal = None, None
        self.last = token

    def comprehends(self) -> bool:
        """Whether a `for` further on could bind what is read here."""
        return any(bracket.first and (bracket.callee == "" or bracket.token == OPEN_ROUND) for bracket in self.brackets)


OPEN_ROUND, OPEN_SQUARE = ID["<kw>("], ID["<kw>["]
