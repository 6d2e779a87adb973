"""The words of the page are those of `bayesfit.formatting`; what is typed is read."""

import numpy as np
import pytest

from bayesfit import formatting as words

from .node import PARTS, needs_node, run

pytestmark = needs_node
RNG = np.random.default_rng(7)
NUMBERS = [
    *(10 ** RNG.uniform(-8, 30, 300) * RNG.choice([-1, 1], 300)),
    *(0.0, 1.0, 999.9e6, 1e3, 1e15, 0.09999, 1909.9, 8.4e9, np.inf, np.nan),
]


def test_numbers_are_said_alike():
    some = [None if np.isnan(x) else x for x in NUMBERS]
    found = run(
        f"""{PARTS}
const numbers = some.map((x) => x ?? NaN);
[sayNumber, sayCount, sayFlops, sayPercent].map((say) => numbers.map((x) => say(x)))""",
        some=some,
    )
    expected = [
        [say(x) for x in NUMBERS] for say in (words.number, words.count, words.flops, words.percent)
    ]
    assert [list(row) for row in found] == expected


def test_intervals_decide_the_digits_alike():
    low = RNG.uniform(0, 3, 200) * 10 ** RNG.uniform(-3, 6, 200)
    rows = [
        *zip(low, low * (1 + RNG.uniform(1e-5, 2, 200)), strict=True),
        (1.0, 1.0),
        (1.0, np.inf),
    ]
    found = run(f"{PARTS}\nrows.map(([low, high]) => sayLike(low, high)(low))", rows=rows)
    assert list(found) == [words.like(*row)(row[0]) for row in rows]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3.8e25", 3.8e25), (" 70B ", 70e9), ("1.4T", 1.4e12), ("1,024", 1024), ("30m", 30e6),
        ("3,8", 3.8), ("3,8e25", 3.8e25), ("1,4T", 1.4e12), ("0,125", 0.125), ("1,400,000", 1.4e6),
        ("1,024.5", 1024.5), ("1,02,4", np.nan), ("1.024,5", np.nan), (",", np.nan),
        ("5 G", 5e9), ("many", np.nan), ("1e", np.nan), ("", np.nan), ("1.2.3", np.nan),
    ],
)  # fmt: skip
def test_what_is_typed_is_read(text, number):
    np.testing.assert_equal(run(f"{PARTS}\nreadNumber(text)", text=text), number)
