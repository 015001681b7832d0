"""Holes in subscripts, and on the left of dots, brackets and calls. (`...` in a subscript is NumPy's, so `hole()` it is.)"""

from typing import TypedDict

from astral_lsp import hole


class Movie(TypedDict):
    title: str
    year: int


def subscripts(items: list[str], table: dict[bytes, int], movie: Movie, pair: tuple[int, str], unknown) -> None:
    print(items[hole()])
    # σ SupportsIndex | slice  ← index of items
    print(items[hole() : hole()])
    # σ int | None  ← bound of a slice
    # σ int | None  ← bound of a slice
    print(items[:: hole()])
    # σ int | None  ← bound of a slice
    print(table[hole("which")])
    # σ bytes  ← index of table
    table[hole()] = 1
    # σ bytes  ← index of table
    items[hole()] = "a"
    # σ SupportsIndex | slice  ← index of items
    items[0] = hole()
    # σ str  ← type of items[...]
    print(movie[hole()])
    # σ Literal['title', 'year']  ← key of Movie
    print(pair[hole()])
    # σ SupportsIndex | slice  ← index of pair
    print(unknown[hole()])
    # σ ?  ← type unknown: so is unknown
    hole().strip()
    # σ ?  ← type unknown: any object with the attribute 'strip'
    hole()[0]
    # σ ?  ← type unknown: any object that can be indexed
    hole()(1, "a")
    # σ Callable[[int, str], Any]  ← called with 2 arguments
    del table[hole()]
    # σ bytes  ← index of table
