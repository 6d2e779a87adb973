"""What a page carries of a fit so that its reader may explore it: draws, functions and ranges.

Of each draw only those numbers are packed that the translated functions read and that differ
between draws; the others stand in the functions themselves. A law that cannot be translated has its
bands worked out here, for a lattice of budgets and without any limits.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np

from bayesfit.bands import LEVELS
from bayesfit.constants import UNSEEN
from bayesfit.explorer.translate import Translated, Untranslatable, javascript
from bayesfit.law import Law, View, within
from bayesfit.prediction import optimum, planning, searching

DRAWS, SLABS = 500, 50
BYTES = 5  # of each double: 28 bits of it, for float32 loses the fourth digit of some N*
LATTICE = 61  # budgets for a law that is not translated
RULE = dict(
    fewest=planning.FEWEST,
    most=planning.MOST,
    halvings=planning.HALVINGS,
    smallest=searching.SMALLEST,
    largest=searching.LARGEST,
    grid=searching.GRID,
    window=searching.WINDOW,
    golden=searching.GOLDEN,
)
Values = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Pack:
    """A law and draws of it, for the page.

    Attributes:
        data: plain values, for JSON; no number in it is infinite.
        code: JavaScript functions, which `data` names by their places.
    """

    data: Mapping[str, Any]
    code: Sequence[str]


def pack(
    law: Law,
    values: Values,
    labels: Sequence[str],
    budgets: tuple[float, float, float],
    given: Mapping[str, float],
) -> Pack:
    """The law with at most DRAWS of its draws, or a lattice where it is not translated.

    Args:
        law: one that `is_allocation`, bent if it is.
        values: flat draws.
        labels: groups, each of which is packed if the optimum may differ between them.
        budgets: the smallest, the one that the page opens with, and the largest, FLOPs.
        given: an example of what the law has to be given.
    """
    variants = _variants(law, labels)
    first = next(iter(variants.values()))
    kept = representative(values, optimum.optima(first, values, budgets[1], **_plan(given)))
    shown = dict(rule=RULE, levels=LEVELS, draws=_count(kept), of=_count(values))
    try:
        each, more, code = _translated(variants, kept, budgets, given)
    except Untranslatable as reason:
        tables = {x: _lattice(one, values, budgets, given) for x, one in variants.items()}
        each = [dict(label=label, lattice=table) for label, table in tables.items()]
        more, code = dict(reason=str(reason)), ()
    return Pack(shown | more | dict(variants=each), code)


def _translated(
    variants: Mapping[str, Law],
    values: Values,
    budgets: Sequence[float],
    given: Mapping[str, float],
) -> tuple[list[dict], dict[str, Any], tuple[str, ...]]:
    """Each variant's functions by their places, what all have in common, and the functions."""
    written, each = _Written({}, {}), []
    for label, law in variants.items():
        found = functions_of(law, values, budgets, given)
        each.append(dict(label=label, **{name: written.place(x) for name, x in found.items()}))
    cost = next(iter(variants.values())).cost  # that of all groups
    linear = planning.is_linear(cost, given)
    common = dict(linear=linear, bytes=BYTES, numbers=written.numbers(values))
    return each, common, tuple(written.code)


def representative(values: Values, best: Values) -> dict[str, np.ndarray]:
    """At most DRAWS of flat draws, whose bands of N* and of the loss are nearly those of all.

    Draws are set out by N* in slabs of the same number, and by the loss within each; of every few
    in that order one is taken. Bands of as many draws at random would be off by much more.

    Args:
        best: `N`, and `loss` if the law has one, at one budget (draws, 1).
    """
    count, total = min(DRAWS, _count(values)), _count(values)
    slabs = np.array_split(np.argsort(best["N"][:, 0], kind="stable"), min(SLABS, count))
    loss = best.get("loss", best["N"])[:, 0]
    order = np.concatenate([slab[np.argsort(loss[slab], kind="stable")] for slab in slabs])
    somewhere = np.random.default_rng(0).random(count)  # the middle of each would narrow the bands
    keep = np.sort(order[((np.arange(count) + somewhere) * total / count).astype(int)])
    return {name: np.asarray(x, float)[keep] for name, x in values.items()}


def _plan(given: Mapping[str, float]) -> dict[str, Any]:
    return dict(given=given) if given else {}


def _count(values: Values) -> int:
    return len(next(iter(values.values())))


def _variants(law: Law, labels: Sequence[str]) -> dict[str, Law]:
    """The law, or that of each of its groups where limits may set their optima apart."""
    if not law.group or law.at_size is not None:
        return {"": law}
    return {label: within(law, code) for code, label in enumerate([*labels, UNSEEN])}


def functions_of(
    law: Law, values: Values, budgets: Sequence[float], given: Mapping[str, float]
) -> dict[str, Translated | None]:
    """`loss`, `closed`, `own`, `ownClosed` and `cost` of a law in JavaScript, None without such.

    Those of its own are of the law before it was bent.

    Raises:
        Untranslatable: one of them cannot be written in JavaScript.
    """
    fixed = {name: x[0] for name, x in values.items() if (x == x[:1]).all()}
    free = {name: x[0] for name, x in values.items() if name not in fixed}
    names = ["N", "D", *(f"g[{i}]" for i in range(len(given)))]

    def translated(function: Callable[..., Any], names: Sequence[str]) -> Translated:
        def whole(p: Mapping[str, Any], *numbers: Any) -> Any:
            held = {name: jnp.asarray(x) for name, x in fixed.items()}
            return function(View(**held, **p), *numbers)

        return javascript(whole, free, names)

    def loss(law: Law) -> Callable[..., Any]:
        return lambda p, N, D, *g: law.at(p, N, D, dict(zip(given, g, strict=True)))

    def cost(_: View, N: Any, D: Any, *g: Any) -> Any:
        return law.cost(View(N=N, D=D, **dict(zip(given, g, strict=True))))

    def closed(one: Law | None) -> Translated | None:
        """The closed form of an optimum, where it spends the budget."""
        if one is None or one.optimum is None:
            return None
        C, example = np.array(budgets), planning.Plan(given=given)
        spends = optimum.spends(one, values, C, law.cost, example)
        return translated(one.optimum, ["C"]) if spends else None

    own = law.unbent if law.has_surface else None
    return dict(
        loss=translated(loss(law), names) if law.has_surface else None,
        own=translated(loss(own), names) if own is not None else None,
        ownClosed=closed(own),
        closed=closed(law),
        cost=translated(cost, names),
    )


@dataclass
class _Written:
    """Functions written so far, and the columns of draws that they read."""

    code: dict[str, int]
    columns: dict[tuple[str, int], int]

    def place(self, function: Translated | None) -> dict[str, Any] | None:
        """Where a function stands, and where what it reads."""
        if function is None:
            return None
        code = self.code.setdefault(function.text, len(self.code))
        reads = [self.columns.setdefault(x, len(self.columns)) for x in function.reads]
        return dict(code=code, reads=reads)

    def numbers(self, values: Values) -> str:
        """Columns of draws one after another: the first BYTES of big-endian doubles, in base64."""
        each = [values[name].reshape(len(values[name]), -1)[:, i] for name, i in self.columns]
        whole = np.array(each, ">f8").view(np.uint8).reshape(-1, 8)
        return b64encode(whole[:, :BYTES].tobytes()).decode()


def _lattice(
    law: Law, values: Values, budgets: Sequence[float], given: Mapping[str, float]
) -> dict[str, list[float | None]]:
    """Columns of the table of optima at each budget; None where one is infinite."""
    low, start, high = budgets
    C = np.union1d(np.geomspace(low, high, LATTICE - 1), [start])
    table = optimum.table(law, values, list(C), **_plan(given))
    return {
        str(name): [float(x) if np.isfinite(x) else None for x in column]
        for name, column in table.items()
    }
