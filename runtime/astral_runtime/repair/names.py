"""Names that are not defined: misspelt, an import or `self.` away."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from astral_runtime.holes import Span
from astral_runtime.repair.catalogue import imports_of, module_names
from astral_runtime.repair.near import nearest
from astral_runtime.repair.site import Site
from astral_runtime.repair.values import Proposal

OTHER_LANGUAGES = {
    "null": "None",
    "nil": "None",
    "undefined": "None",
    "true": "True",
    "false": "False",
    "this": "self",
    "NULL": "None",
    "none": "None",
}


def misspelt(site: Site) -> Iterator[Proposal]:
    """A name in sight that is nearly the one that was written."""
    wrong = _undefined(site)
    if wrong is None:
        return
    if wrong in OTHER_LANGUAGES:
        yield site.instead(OTHER_LANGUAGES[wrong], 3.0)
    meant = re.findall(r'"(\w+)"', site.message.partition("did you mean")[2])
    uses = {name: len(re.findall(rf"\b{re.escape(name)}\b", site.code.text)) for name in site.names}
    for name, likeness in nearest(wrong, [*meant, *site.names], limit=8):
        yield site.instead(name, likeness + (0.2 if name in meant else 0.0) + (0.05 if uses.get(name, 0) > 1 else 0.0))


def unqualified(site: Site) -> Iterator[Proposal]:
    """A member of the method's own object that is written without it."""
    wrong = _undefined(site)
    dotted = {member.partition(".")[2]: member for member in site.members} if wrong is not None else {}
    if wrong in dotted:
        yield site.instead(dotted[wrong], 4.0)
        return
    yield from (site.instead(dotted[name], likeness - 0.3) for name, likeness in nearest(wrong or "", dotted, limit=2))


def unimported(site: Site) -> Iterator[Proposal]:
    """A name that an import would bind."""
    found = site.says(r'^Name "(\w+)" is not defined')  # also of a name in a quoted annotation
    for n, statement in enumerate(imports_of(found[1], site.code.document) if found is not None else ()):
        place = Span(site.span.start, site.span.start)
        yield Proposal(place, "", 2.0 - n * 0.1, (statement,), f"add `{statement}`")


def moduleless(site: Site) -> Iterator[Proposal]:
    """A name of a module that the document imports as a whole: `timedelta` where `datetime` is in sight."""
    wrong = _undefined(site)
    if wrong is None:
        return
    for module in {each.name for each in site.bindings if each.kind == "import"}:
        if wrong in site.library.module_members(module):
            yield site.instead(f"{module}.{wrong}", 1.5)


def unknown_module(site: Site) -> Iterator[Proposal]:
    """An import of a module that nobody has, or of a name that the module has not."""
    found = site.says(r'module named "([\w.]+)"')
    if found is not None:
        yield from _module_like(site, found[1])
    found = site.says(r'Module "([\w.]+)" has no attribute "(\w+)"')
    if found is not None:
        maybe = re.findall(r'"(\w+)"', site.message.partition("maybe")[2])
        for place in site.code.names(_statement_span(site)):
            if site.code.slice(place) == found[2]:
                for name, likeness in nearest(found[2], [*maybe, *site.library.module_members(found[1])]):
                    yield Proposal(place, name, likeness)
                for statement in imports_of(found[2], site.code.document, 3):
                    yield from _from_elsewhere(site, place, statement)


def _module_like(site: Site, module: str) -> Iterator[Proposal]:
    first, _, rest = module.partition(".")
    where = next((place for place in site.code.names(_statement_span(site)) if site.code.slice(place) == first), None)
    if where is not None and not rest:
        yield from (Proposal(where, name, likeness) for name, likeness in nearest(first, module_names(site.code.document)))


def _from_elsewhere(site: Site, place: Span, statement: str) -> Iterator[Proposal]:
    """The import written anew, where it imports nothing else."""
    written = site.statement
    if isinstance(written, ast.ImportFrom) and len(written.names) == 1 and place.end == site.code.span(written).end:
        yield Proposal(site.code.span(written), statement, 0.5)


def _statement_span(site: Site) -> Span:
    statement = site.statement
    return site.code.span(statement) if statement is not None else site.span


def _undefined(site: Site) -> str | None:
    found = site.says(r'^Name "(\w+)" is (?:not defined|used before definition)')
    return found[1] if found is not None and site.text == found[1] else None
