"""Code that does not parse: brackets, colons, quotes, keywords, indentation. Everything proposed is compiled before it is offered."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator

from astral_native import LEXEME_KINDS
from astral_runtime.holes import Span
from astral_runtime.repair.near import nearest
from astral_runtime.repair.site import Site
from astral_runtime.repair.values import Proposal

_CLOSERS = {"(": ")", "[": "]", "{": "}"}
_OPENERS = frozenset({"if", "elif", "else", "for", "while", "def", "class", "with", "try", "except", "finally", "async", "match", "case"})
_SPELT = (
    ("&&", " and "),
    ("||", " or "),
    ("=>", ">="),
    ("=<", "<="),
    ("===", "=="),
    ("!==", "!="),
    ("<>", "!="),
    ("else if", "elif"),
    ("elseif", "elif"),
)
_SILENT = frozenset(LEXEME_KINDS.index(kind) for kind in ("NEWLINE", "INDENT", "DEDENT", "COMMENT"))


def unclosed(site: Site) -> Iterator[Proposal]:
    """A bracket that nothing closes: a closer after each token of its line, from the last one back."""
    found = site.says(r"^'(.)' was never closed")
    if found is None:
        return
    closer, line = _CLOSERS[found[1]], _line(site, site.span.start)
    ends = [each for each in _tokens(site, line) if each.start > site.span.start]
    code = site.code.slice(line)
    opens_block = code.split()[:1] and code.split()[0] in _OPENERS and not code.rstrip().endswith(":")
    for n, token in enumerate(reversed(ends)):
        is_colon = site.code.slice(token) == ":" and not n
        at = token.start if is_colon else token.end
        yield Proposal(Span(at, at), closer, 1.0 - 0.05 * n)
        if opens_block and not n:
            yield Proposal(Span(at, at), f"{closer}:", 0.9)


def unmatched(site: Site) -> Iterator[Proposal]:
    """A closing bracket too many, or the wrong one."""
    found = site.says(r"closing parenthesis '(.)' does not match opening parenthesis '(.)'")
    end = site.span.start + 1
    if found is not None:
        yield Proposal(Span(site.span.start, end), _CLOSERS[found[2]], 1.0)
        yield Proposal(Span(site.span.start, site.span.start), _CLOSERS[found[2]], 0.8)
        yield Proposal(Span(site.span.start, end), "", 0.6)
    found = site.says(r"^unmatched '(.)'")
    if found is not None:
        yield Proposal(Span(site.span.start, end), "", 1.0)


def colon(site: Site) -> Iterator[Proposal]:
    """A colon left out behind a header."""
    line = _line(site, site.span.start)
    tokens = _tokens(site, line)
    if site.says(r"expected ':'|^invalid syntax") and tokens:
        if site.code.slice(tokens[0]) in _OPENERS and site.code.slice(tokens[-1]) != ":":
            yield Proposal(Span(tokens[-1].end, tokens[-1].end), ":", 1.5)
        if site.says(r"expected ':'"):
            before = [token for token in tokens if token.end <= site.span.start]
            if before:
                yield Proposal(Span(before[-1].end, before[-1].end), ":", 1.0)
            yield Proposal(site.span, ":", 0.5)


def quote(site: Site) -> Iterator[Proposal]:
    """A string that does not end on its line."""
    if not site.says(r"^unterminated string literal"):
        return
    line = _line(site, site.span.start)
    text = site.code.slice(Span(site.span.start, line.end))
    mark = re.match(r"[A-Za-z]*([\"'])", text)
    if mark is None:
        return
    body = text.rstrip()
    for n, tail in enumerate((re.search(r"[)\]},:]*$", body), re.search(r"[)\]}]*:?$", body), re.search(r"$", body))):
        at = site.span.start + len(body[: tail.start()].encode()) if tail is not None else line.end
        yield Proposal(Span(at, at), mark[1], 1.0 - 0.1 * n)


def equals(site: Site) -> Iterator[Proposal]:
    """`=` where `==` is meant."""
    if site.says(r"Maybe you meant '=='|cannot assign to|^invalid syntax|^expected ':'"):
        line = _line(site, site.span.start)
        singles = [token for token in _tokens(site, line) if site.code.slice(token) == "="]
        yield from (Proposal(token, "==", 1.0) for token in singles if token.end > site.span.start - 1)


def comma(site: Site) -> Iterator[Proposal]:
    """A comma left out between two items."""
    if not site.says(r"forgot a comma|^invalid syntax|was never closed"):
        return
    line = _line(site, site.span.start)
    tokens = _tokens(site, line)
    blamed = [n for n, token in enumerate(tokens) if token.start < max(site.span.end, site.span.start + 1) and token.end >= site.span.start]
    for n in blamed:
        for at in {tokens[n].end, tokens[n - 1].end if n else tokens[n].end}:
            yield Proposal(Span(at, at), ",", 0.7)


def misspelt_keyword(site: Site) -> Iterator[Proposal]:
    """A keyword with a slip in it."""
    line = _line(site, site.span.start)
    for place in site.code.names(line):
        word = site.code.slice(place)
        for name, likeness in nearest(word, [*keyword.kwlist, *keyword.softkwlist[1:]], limit=2):
            yield Proposal(place, name, likeness)


def other_language(site: Site) -> Iterator[Proposal]:
    """`&&`, `else if`, `i++`, `print x`."""
    line = _line(site, site.span.start)
    text = site.code.slice(line)
    for wrong, right in _SPELT:
        if wrong in text:
            changed = re.sub(r"[ \t]*" + re.escape(wrong) + r"[ \t]*", lambda match, right=right: _spaced(match[0], right), text)  # type: ignore[misc]  # a default binds the loop's value
            yield Proposal(line, changed, 0.9)
    if "!" in text:
        yield Proposal(line, re.sub(r"!(?!=)\s*", "not ", text), 0.7)
    counted = re.match(r"\s*([\w.]+)\s*(\+\+|--)\s*;?\s*$", text)
    if counted is not None:
        yield Proposal(line, f"{text[: text.index(counted[1])]}{counted[1]} {counted[2][0]}= 1", 0.9)
    printed = re.match(r"(\s*)print\s+(.+?)\s*$", text)
    if printed is not None and site.says(r"Missing parentheses"):
        yield Proposal(line, f"{printed[1]}print({printed[2]})", 1.0)
    caught = re.match(r"(\s*except\s+)([\w.]+\s*,\s*[\w.]+)(.*)$", text)
    if caught is not None:
        yield Proposal(line, f"{caught[1]}({caught[2]}){caught[3]}", 1.0)


def indentation(site: Site) -> Iterator[Proposal]:
    """A line that is too deep or not deep enough."""
    start = site.code.line_start(site.span.start)
    line = _line(site, site.span.start)
    margin = Span(start, start + len(site.code.indentation(site.span.start).encode()))
    if site.says(r"^expected an indented block"):
        deeper = site.code.slice(margin) + site.code.unit
        yield Proposal(_block(site, start), _indented(site, _block(site, start)), 1.0, says="indent the block")
        yield Proposal(margin, deeper, 1.1, says="indent the line")
        header = re.search(r"on line (\d+)", site.message)
        if header is not None:
            yield Proposal(Span(start, start), f"{_margin_of(site, int(header[1]))}{site.code.unit}pass{site.code.newline}", 0.2)
    if site.says(r"^unexpected indent|^unindent does not match"):
        above = site.code.data[: margin.start].decode().splitlines()
        levels = [text[: len(text) - len(text.lstrip())] for text in above if text.strip()]
        for n, level in enumerate(dict.fromkeys(reversed(levels[-12:]))):
            yield Proposal(margin, level, 1.0 - 0.1 * n, says=f"indent the line by {len(level)}")
    if site.says(r"^(inconsistent use of tabs|unexpected indent|unindent)") and "\t" in site.code.slice(line):
        yield Proposal(margin, site.code.slice(margin).replace("\t", site.code.unit), 0.9, says="spaces for tabs")


def not_async(site: Site) -> Iterator[Proposal]:
    """`await` in a plain function: the function is made asynchronous, or the `await` left out."""
    if not site.says(r"'?\"?(await|async (with|for|comprehension))\"?'? .*outside"):
        return
    line = _line(site, site.span.start)
    around = site.code.document.native.enclosing(site.span.start)
    definitions = site.code.document.native.definitions()
    inner = next((definitions[n] for n in reversed(around) if definitions[n].kind == "function"), None)
    if inner is not None:
        header = site.code.data.find(b"def ", inner.start)
        yield Proposal(Span(header, header), "async ", 1.0)
    text = site.code.slice(line)
    yield Proposal(line, re.sub(r"\b(await|async)\s+", "", text, count=1), 0.8)


def superfluous(site: Site) -> Iterator[Proposal]:
    """The operator or bracket that the parser stumbles over, or the one before it, left out."""
    tokens = _tokens(site, _line(site, site.span.start))
    at = next((n for n, token in enumerate(tokens) if token.end > site.span.start), len(tokens) - 1)
    for n in (at, at - 1):
        if 0 <= n < len(tokens) and re.fullmatch(r"[^\w\s\"']+", site.code.slice(tokens[n])):
            yield Proposal(tokens[n], "", -1.0)


def _line(site: Site, offset: int) -> Span:
    start = site.code.line_start(offset)
    rest = site.code.data[start:]
    return Span(start, start + len(re.split(rb"\r\n|\r|\n", rest, maxsplit=1)[0]))


def _tokens(site: Site, line: Span) -> list[Span]:
    """The tokens of one line."""
    lexemes = site.code.document.native.lexemes()
    first, last = lexemes.at(*line)
    kinds = lexemes.kinds()
    spans = [Span(*lexemes.span(n, n + 1)) for n in range(first, last) if kinds[n] not in _SILENT]
    return [span for span in spans if line.start <= span.start < span.end <= line.end]


def _spaced(written: str, right: str) -> str:
    return right if right.startswith(" ") else (" " if written[:1].isspace() else "") + right + (" " if written[-1:].isspace() else "")


def _block(site: Site, start: int) -> Span:
    """From a line down to where the text is less deep, or a blank line is."""
    margin = len(site.code.indentation(start))
    lines = site.code.data[start:].decode().splitlines(keepends=True)
    kept = 0
    for n, line in enumerate(lines):
        if n and (not line.strip() or len(line) - len(line.lstrip()) < margin or re.match(r"\s*(def|class|@)", line)):
            break
        kept += len(line.encode())
    return Span(start, start + kept)


def _indented(site: Site, span: Span) -> str:
    return "".join(site.code.unit + line if line.strip() else line for line in site.code.slice(span).splitlines(keepends=True))


def _margin_of(site: Site, number: int) -> str:
    line = site.code.text.removeprefix("\ufeff").splitlines()[number - 1]
    return line[: len(line) - len(line.lstrip())]
