"""The explorer: what a page carries so that its reader may try other budgets, sizes and limits.

The formula of a law is written once, in its file. It is traced by jax and translated to JavaScript
(`translate`), packed with some hundreds of posterior draws (`pack`), and searched in the browser
(`search.js`) as `bayesfit.prediction.optimum` searches it here. `page.js` is what the reader meets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bayesfit.explorer.pack import pack
from bayesfit.explorer.ranges import ranges
from bayesfit.fitted import Fit
from bayesfit.law import Cost, cost_name
from bayesfit.machines import MFU, middle

PARTS = ("search", "law", "words", "chart", "controls", "view", "page")


def explored(
    fit: Fit,
    asked: Sequence[float] = (),
    cost: Cost | None = None,
    start: Mapping[str, Any] | None = None,
) -> dict[str, Any] | None:
    """What the report needs to explore a fit (`explorer` of its context); None without a best size.

    Args:
        asked: budgets that somebody named, FLOPs; the page opens with the largest.
        cost: a rule of FLOPs in place of the law's own; not used if it reads what the law does not.
        start: settings with which the page opens, where not with its own: largest_N, largest_D,
            inference_tokens, given (input -> value), group, peak (TFLOP/s), mfu, price, gpus.
    """
    if not fit.law.is_allocation:
        return None
    law, values = fit.drawn()
    if cost is not None and not getattr(cost, "names", set()) - {"N", "D", *law.given}:
        law = replace(law, cost=cost)
    found = ranges(law, fit.runs, asked)
    low, value, high = (found["budget"][x] for x in ("low", "value", "high"))
    given = {x["name"]: x["value"] for x in found["given"]}
    made = pack(law, values, fit.labels, (low, value, high), given)
    begin = dict(mfu=middle(MFU)) | dict(start or {})  # as `bayesfit budget` counts
    data = dict(made.data) | dict(ranges=found, start=_started(law.given, begin))
    return dict(data=data, code=list(made.code), cost=cost_name(law.cost))


def _started(inputs: Sequence[str], start: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by the names that they have in the page."""
    given = start.get("given") or {}
    named = {f"g{i}": given[name] for i, name in enumerate(inputs) if name in given}
    return named | {name: x for name, x in start.items() if name != "given" and x is not None}


def script(code: Sequence[str]) -> str:
    """The whole script of a page, in a scope of its own.

    Args:
        code: of a `Pack`.
    """
    folder = Path(__file__).parent
    parts = [(folder / f"{name}.js").read_text(encoding="utf-8") for name in PARTS]
    functions = "const CODE = [" + ",\n".join(code) + "];\n"
    return "\n".join(['(() => {\n"use strict";', *parts, functions, "start(CODE);\n})();\n"])
