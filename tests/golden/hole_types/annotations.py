"""Holes in annotations: σ is "type", and the reason tells what is known of the value."""


def parameter(text: ..., times: int) -> str:
# σ type  ← annotation of parameter 'text'
    return "".join([text]) * times


def result(flag: bool) -> ...:
# σ type  ← return annotation of result; it returns list[int] | None
    if flag:
        return [1]
    return None


def nothing() -> ...:
# σ type  ← return annotation of nothing; it returns None
    print("a")


def defaulted(limit: ... = 10) -> None:
# σ type  ← annotation of parameter 'limit'; its default is int
    numbers: ... = [1, 2]
    # σ type  ← annotation of numbers; its value is list[int]
    print(limit, numbers)


class Cart:
    total: ... = 0.0
    # σ type  ← annotation of total; its value is float


names: ... = {"a": 1}
# σ type  ← annotation of names; its value is dict[str, int]
