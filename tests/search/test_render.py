"""Canonical texts and shapes of small expressions."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from astral_runtime.holes import SUBHOLE
from astral_runtime.search.render import MOST_LEAVES, Rendered, render

LOCAL = frozenset({"a", "b", "rows"})


def rendered(source: str, quote: str = '"') -> Rendered | None:
    done: dict[ast.expr, Rendered | None] = {}

    def visit(node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            visit(child)
        if isinstance(node, ast.expr):
            done[node] = render(node, done.get, LOCAL, quote)

    tree = ast.parse(source, mode="eval").body
    visit(tree)
    return done[tree]


TABLE = [
    ("len( rows )", "len(rows)", f"len({SUBHOLE})"),
    ("self.rows [ a ]", "self.rows[a]", f"self.rows[{SUBHOLE}]"),
    ("'x' + a", '"x" + a', f'"x" + {SUBHOLE}'),
    ("(a + b) * 2", "(a + b) * 2", f"({SUBHOLE} + {SUBHOLE}) * 2"),
    ("f(a, key=b, *c, **d)", "f(a, *c, key=b, **d)", f"f({SUBHOLE}, *c, key={SUBHOLE}, **d)"),
    ("not (a or b)", "not (a or b)", f"not ({SUBHOLE} or {SUBHOLE})"),
    ("a[1:]", "a[1:]", f"{SUBHOLE}[1:]"),
    ("{'k': a}", '{"k": a}', f'{{"k": {SUBHOLE}}}'),
    ("(a,)", "(a,)", f"({SUBHOLE},)"),
    ("set()", "set()", "set()"),
    ("a if b is not None else 0", "a if b is not None else 0", f"{SUBHOLE} if {SUBHOLE} is not None else 0"),
]


@pytest.mark.parametrize(("source", "text", "shape"), TABLE, ids=[row[0] for row in TABLE])
def test_render(source: str, text: str, shape: str) -> None:
    """One spelling per expression; local names are open in the shape, all others stay."""
    found = rendered(source)
    assert found is not None
    assert (found.text, found.shape) == (text, shape)


@pytest.mark.parametrize(
    "source", ["...", "__hole__", "[x for x in rows]", "lambda: 0", "f'{a}'", "hole('x')", "+".join("abcdefghijklm"), "'" + "x" * 80 + "'"]
)
def test_is_no_example(source: str) -> None:
    """Holes, what holds one, and what is too long or rare for a fill render as nothing."""
    assert rendered(source) is None


LEAVES = st.sampled_from(["a", "b", "rows", "self", "None", "1", "'s'", "2.5", "True"])
GROWN = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(
            "({} {} {})".format,
            inner,
            st.sampled_from(["+", "-", "*", "/", "**", "//", "%", "|", "&", "<<", "and", "or", "==", "in", "is not"]),
            inner,
        ),
        st.builds("({}).x".format, inner),
        st.builds("({})[{}]".format, inner, inner),
        st.builds("f({}, k={})".format, inner, inner),
        st.builds("(not {})".format, inner),
        st.builds("(-{})".format, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("({})[{}:]".format, inner, inner),
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(GROWN)
def test_rendering_keeps_the_tree(source: str) -> None:
    """Whatever the operators, the canonical text parses to the same tree, and only needed parentheses are written."""
    found = rendered(source)
    if found is None:
        return
    assert ast.dump(ast.parse(found.text, mode="eval")) == ast.dump(ast.parse(source, mode="eval"))
    assert found.leaves <= MOST_LEAVES
    assert found.shape.count(SUBHOLE) == sum(isinstance(node, ast.Name) and node.id in LOCAL for node in ast.walk(ast.parse(source)))
