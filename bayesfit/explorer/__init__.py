"""The explorer: what a page carries so that its reader may try other budgets, sizes and limits.

The formula of a law is written once, in its file. It is traced by jax and translated to JavaScript
(`translate`), packed with some hundreds of posterior draws (`pack`), and searched in the browser
(`search.js`) as `bayesfit.prediction.optimum` searches it here. `page.js` is what the reader meets.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bayesfit.explorer.pack import pack
from bayesfit.explorer.ranges import ranges
from bayesfit.fitted import Fit

PARTS = ("search", "law", "words", "chart", "controls", "view", "page")


def explored(fit: Fit, asked: Sequence[float] = ()) -> dict[str, Any] | None:
    """What the report needs to explore a fit (`explorer` of its context); None without a best size.

    Args:
        asked: budgets that somebody named, FLOPs; the page opens with the largest.
    """
    if not fit.law.is_allocation:
        return None
    law, values = fit.drawn()
    found = ranges(law, fit.runs, asked)
    low, value, high = (found["budget"][x] for x in ("low", "value", "high"))
    given = {x["name"]: x["value"] for x in found["given"]}
    made = pack(law, values, fit.labels, (low, value, high), given)
    return dict(data=dict(made.data) | dict(ranges=found), code=list(made.code))


def script(code: Sequence[str]) -> str:
    """The whole script of a page, in a scope of its own.

    Args:
        code: of a `Pack`.
    """
    folder = Path(__file__).parent
    parts = [(folder / f"{name}.js").read_text(encoding="utf-8") for name in PARTS]
    functions = "const CODE = [" + ",\n".join(code) + "];\n"
    return "\n".join(['(() => {\n"use strict";', *parts, functions, "start(CODE);\n})();\n"])
