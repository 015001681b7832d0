"""Values that may be None: a guard before the statement, a test before the use."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from astral_runtime.holes import Span
from astral_runtime.repair.operators import operand_of_none
from astral_runtime.repair.site import Site
from astral_runtime.repair.spelling import incompatible, is_optional
from astral_runtime.repair.values import Proposal

_BLAMES_NONE = re.compile(r'^Item "None" of |"\S.* \| None|"None"|Optional\[')


def tested(site: Site) -> Iterator[Proposal]:
    """`x is not None and x.y` inside a condition, `x.y if x is not None else None` where None is welcome too."""
    value = _value(site)
    if value is None:
        return
    name = site.code.source(value)
    inside = _innermost_test(site, value)
    if inside is not None and _is_repeatable(value):
        start = site.code.span(inside).start
        yield Proposal(Span(start, start), f"{name} is not None and ", 1.5)
    use = _use(site, value)
    if _is_repeatable(value) and isinstance(use, ast.expr):
        text = site.code.source(use)
        bare = isinstance(site.code.parents.get(use), ast.stmt | ast.keyword | ast.Call)
        chosen = f"{text} if {name} is not None else None"
        yield Proposal(site.code.span(use), chosen if bare else f"({chosen})", 0.3, says=f"add `if {name} is not None else None`")


def guarded(site: Site) -> Iterator[Proposal]:
    """`if x is None:` before the statement, leaving in the way that the function leaves elsewhere."""
    value = _value(site)
    place = _line(site)
    if value is None or place is None or _is_in_comprehension(site, value):
        return
    indent, newline = site.code.indentation(place), site.code.newline
    if _is_repeatable(value):
        for leave, score in _leaves(site, site.code.source(value)):
            guard = f"if {site.code.source(value)} is None:{newline}{indent}{site.code.unit}{leave}{newline}{indent}"
            yield Proposal(Span(place, place), guard, score)
        return
    span = site.code.span(value)
    if span.start < place:
        return
    name = _fresh(site, value)
    before = site.code.slice(Span(place, span.start))
    for leave, score in _leaves(site, name):
        guard = (
            f"{name} = {site.code.slice(span)}{newline}{indent}if {name} is None:{newline}{indent}{site.code.unit}{leave}{newline}{indent}"
        )
        says = f"bind `{name} = {site.code.slice(span)}` and add `if {name} is None: {leave}`"
        yield Proposal(Span(place, span.end), guard + before + name, score - 0.2, says=" ".join(says.split()))


def widened(site: Site) -> Iterator[Proposal]:
    """The function says that it never returns None, and does."""
    types = incompatible(site.message)
    function = site.function
    if types is None or not is_optional(types[0]) or function is None or function.returns is None or not site.says(r"return value"):
        return
    end = site.code.span(function.returns).end
    yield Proposal(Span(end, end), " | None", -0.5)


def _value(site: Site) -> ast.expr | None:
    """The expression that may be None."""
    node = site.node or site.code.around(site.span)
    if node is None or not _BLAMES_NONE.search(site.message):
        return None
    if site.says(r"^Unsupported (left )?operand types? for"):
        return operand_of_none(site)
    types = incompatible(site.message)
    if types is not None:
        return node if is_optional(types[0]) else None
    missing = site.says(r'has no attribute "(\w+)"')
    if isinstance(node, ast.Attribute) and missing is not None:
        return node.value if missing[1] == node.attr else node
    return _operand(node, is_called=site.says("not callable") is not None)


def _operand(node: ast.expr, *, is_called: bool) -> ast.expr:
    """What an operation is done on."""
    if isinstance(node, ast.UnaryOp):
        return node.operand
    if isinstance(node, ast.Call) and is_called:
        return node.func
    return node.value if isinstance(node, ast.Subscript) else node


def _use(site: Site, value: ast.expr) -> ast.expr:
    """The chain of members, calls and indices that hangs on a value."""
    use: ast.expr = value
    for parent in site.code.ancestors(value):
        if (isinstance(parent, ast.Attribute | ast.Subscript) and parent.value is use) or (
            isinstance(parent, ast.Call) and parent.func is use
        ):
            use = parent
        else:
            break
    return use


def _innermost_test(site: Site, value: ast.expr) -> ast.expr | None:
    """The operand of the condition that the value is used in."""
    inner: ast.AST = value
    for outer in site.code.ancestors(value):
        if isinstance(outer, ast.BoolOp) and isinstance(outer.op, ast.And):
            return inner if isinstance(inner, ast.expr) else None
        if isinstance(outer, ast.If | ast.While | ast.IfExp | ast.Assert) and outer.test is inner:
            return inner if not isinstance(inner, ast.BoolOp) else None
        if isinstance(outer, ast.comprehension) and inner in outer.ifs:
            return inner if isinstance(inner, ast.expr) else None
        if isinstance(outer, ast.stmt):
            return None
        inner = outer
    return None


def _line(site: Site) -> int | None:
    """Where a statement can be put before the one that is blamed; None after `else`, on a line that another shares."""
    statement = site.statement
    if statement is None or isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return None
    parent = site.code.parents.get(statement)
    start = site.code.span(statement).start
    if (
        isinstance(statement, ast.If)
        and isinstance(parent, ast.If)
        and statement in parent.orelse
        and site.code.slice(Span(start, start + 2)) != "if"
    ):
        return None
    return start if not site.code.slice(Span(site.code.line_start(start), start)).strip() else None


def _leaves(site: Site, name: str) -> Iterator[tuple[str, float]]:
    """Ways out of a block in which `name` is None, with scores."""
    function, statement = site.function, site.statement
    loop = statement is not None and any(isinstance(each, ast.For | ast.AsyncFor | ast.While) for each in _within(site, statement))
    if loop:
        yield "continue", 0.8
    if function is not None:
        returned = [each for each in ast.walk(function) if isinstance(each, ast.Return)]
        annotation = ast.unparse(function.returns) if function.returns is not None else ""
        if "None" in annotation or "Optional" in annotation or (not annotation and all(each.value is None for each in returned)):
            yield ("return None" if annotation not in ("None", "") else "return"), 0.9
    quoted = name.replace("\\", "\\\\").replace('"', "'")
    yield f'raise ValueError("{quoted} is None")', 0.5


def _within(site: Site, statement: ast.stmt) -> Iterator[ast.AST]:
    """What is around a statement, up to its function."""
    for each in site.code.ancestors(statement):
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            return
        yield each


def _is_repeatable(value: ast.expr) -> bool:
    """Whether it is the same when it is written twice: names and their attributes."""
    while isinstance(value, ast.Attribute):
        value = value.value
    return isinstance(value, ast.Name)


def _is_in_comprehension(site: Site, value: ast.expr) -> bool:
    """Whether the value is bound by something inside its own statement."""
    return any(
        isinstance(each, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp | ast.Lambda) for each in site.code.ancestors(value)
    ) and not _is_outer(site, value)


def _is_outer(site: Site, value: ast.expr) -> bool:
    root = value
    while isinstance(root, ast.Attribute):
        root = root.value
    bound = {
        name.id
        for each in site.code.ancestors(value)
        for clause in getattr(each, "generators", ())
        for name in ast.walk(clause.target)
        if isinstance(name, ast.Name)
    }
    arguments = {each.arg for outer in site.code.ancestors(value) if isinstance(outer, ast.Lambda) for each in outer.args.args}
    return isinstance(root, ast.Name) and root.id not in bound | arguments


def _fresh(site: Site, value: ast.expr) -> str:
    """A name for a value, after what gives it: `match` for `re.match(…)`, `user` for `find_user(…)`."""
    function = value.func if isinstance(value, ast.Call) else value
    base = function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else "value"
    base = {"search": "match", "fullmatch": "match", "get": "found", "find": "found"}.get(
        base, re.sub(r"^(get|find|fetch|load|lookup|read|make)_+", "", base)
    )
    base = base.strip("_").lower() or "value"
    taken = set(site.names)
    return next(name for name in (base, f"found_{base}", *(f"{base}_{n}" for n in range(2, 100))) if name not in taken)
