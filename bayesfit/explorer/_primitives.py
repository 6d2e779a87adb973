"""The primitives of jax in JavaScript.

An array of a traced function is a numpy array of objects, each of which is a number or the text of
a JavaScript expression. What acts on each element is a template here; what only moves elements
about (reshape, broadcast, slice, gather ...) is done by jax itself, to the numbers of their places.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import numpy as np
from jax.numpy import issubdtype

# Arguments of a template are atoms: names or literals, with a negative one in brackets.
REALS: Mapping[str, str] = {
    "abs": "Math.abs({0})",
    "acos": "Math.acos({0})",
    "acosh": "Math.acosh({0})",
    "add": "{0} + {1}",
    "add_any": "{0} + {1}",
    "and": "{0} && {1}",
    "asin": "Math.asin({0})",
    "asinh": "Math.asinh({0})",
    "atan": "Math.atan({0})",
    "atan2": "Math.atan2({0}, {1})",
    "atanh": "Math.atanh({0})",
    "cbrt": "Math.cbrt({0})",
    "ceil": "Math.ceil({0})",
    "clamp": "Math.min(Math.max({1}, {0}), {2})",
    "copy": "{0}",
    "cos": "Math.cos({0})",
    "cosh": "Math.cosh({0})",
    "div": "{0} / {1}",
    "eq": "{0} === {1}",
    "exp": "Math.exp({0})",
    "exp2": "Math.pow(2, {0})",
    "expm1": "Math.expm1({0})",
    "floor": "Math.floor({0})",
    "ge": "{0} >= {1}",
    "gt": "{0} > {1}",
    "is_finite": "Number.isFinite({0})",
    "le": "{0} <= {1}",
    "log": "Math.log({0})",
    "log1p": "Math.log1p({0})",
    "log2": "Math.log2({0})",
    "logistic": "1 / (1 + Math.exp(-{0}))",
    "lt": "{0} < {1}",
    "max": "Math.max({0}, {1})",
    "min": "Math.min({0}, {1})",
    "mul": "{0} * {1}",
    "ne": "{0} !== {1}",
    "neg": "-{0}",
    "not": "!{0}",
    "or": "{0} || {1}",
    "pow": "Math.pow({0}, {1})",
    "rem": "{0} % {1}",
    "rsqrt": "1 / Math.sqrt({0})",
    "sign": "Math.sign({0})",
    "sin": "Math.sin({0})",
    "sinh": "Math.sinh({0})",
    "sqrt": "Math.sqrt({0})",
    "square": "{0} * {0}",
    "stop_gradient": "{0}",
    "sub": "{0} - {1}",
    "tan": "Math.tan({0})",
    "tanh": "Math.tanh({0})",
    "xor": "{0} !== {1}",
}
# Functions of ours, by name, that JavaScript has in one word.
OURS: Mapping[str, str] = {"bayesfit_cosine": "Math.cos({0})"}
# Of whole numbers these mean something else.
WHOLE: Mapping[str, str] = {
    "and": "{0} & {1}",
    "div": "Math.trunc({0} / {1})",
    "not": "~{0}",
    "or": "{0} | {1}",
    "xor": "{0} ^ {1}",
}
MOVES = {
    "broadcast_in_dim",
    "concatenate",
    "dynamic_slice",
    "gather",
    "pad",
    "reshape",
    "rev",
    "slice",
    "split",
    "squeeze",
    "stack",
    "tile",
    "transpose",
    "unstack",
}
FIXED = {"dynamic_slice": 1, "gather": 1}  # operands before those that have to be numbers
FOLDS = {
    "reduce_and": "and",
    "reduce_max": "max",
    "reduce_min": "min",
    "reduce_or": "or",
    "reduce_prod": "mul",
    "reduce_sum": "add",
}
CALLS = ("jaxpr", "call_jaxpr", "fun_jaxpr")  # where a primitive keeps what it calls
LOOPS = {"scan", "while", "cond"}  # they keep it there too, and do more with it than call it once


def literal(x: Any) -> str:
    """A number or a truth value as JavaScript."""
    if isinstance(x, (bool, np.bool_)):
        return "true" if x else "false"
    if isinstance(x, (int, np.integer)):
        text = str(int(x))
    else:
        text = repr(float(x)).replace("inf", "Infinity").replace("nan", "NaN")
    return f"({text})" if text.startswith("-") else text


def template(name: str, dtype: Any) -> str | None:
    """That of an elementwise primitive for operands of this type; None if it has none here."""
    whole = issubdtype(dtype, np.integer)
    return (WHOLE.get(name) if whole else None) or REALS.get(name)


def converted(old: Any, new: Any) -> str:
    """The template that turns one type into another."""
    if issubdtype(new, np.bool_):
        return "{0}" if issubdtype(old, np.bool_) else "{0} !== 0"
    if issubdtype(old, np.bool_):
        return "({0} ? 1 : 0)"
    if issubdtype(new, np.integer):
        return "{0}" if issubdtype(old, np.integer) else "Math.trunc({0})"
    return "Math.fround({0})" if new == np.float32 and old != np.float32 else "{0}"


def power(exponent: int) -> str:
    """x to a whole power, as XLA multiplies it out."""
    if exponent == 2:
        return "{0} * {0}"
    return "1 / {0}" if exponent == -1 else f"Math.pow({{0}}, {exponent})"


def moved(
    primitive: Any, params: Mapping[str, Any], moving: list[np.ndarray], fixed: list[np.ndarray]
) -> list[np.ndarray]:
    """What moves elements about, done to their places; a place that is none has a fixed value.

    Args:
        moving: the operands whose elements are moved.
        fixed: numbers that say where to, if any.
    """
    ends = np.cumsum([0, *(x.size for x in moving)])
    places = [
        np.arange(start, start + x.size).reshape(x.shape)
        for start, x in zip(ends, moving, strict=False)
    ]
    beyond = params.get("fill_value")  # what stands where an array is read beyond its ends
    options = {**params, **({"fill_value": -1} if "fill_value" in params else {})}
    found = primitive.bind(*places, *fixed, **options)
    last = np.array([np.nan if beyond is None else float(beyond)], object)
    pool = np.concatenate([*(x.ravel() for x in moving), last])
    several = found if primitive.multiple_results else [found]
    return [_taken(pool, np.asarray(x)) for x in several]


def _taken(pool: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Elements of a pool, whose last one stands for every place that it does not have."""
    there = (places >= 0) & (places < len(pool))
    return np.array(pool[np.where(there, places, len(pool) - 1)], object)


def folded(combine: Callable[[Any, Any], Any], x: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """All elements along some axes, combined two at a time; there has to be one."""
    kept = [axis for axis in range(x.ndim) if axis not in axes]
    rows = np.transpose(x, [*axes, *kept]).reshape(-1, *(x.shape[axis] for axis in kept))
    return reduce(combine, rows)


def contracted(
    multiply: Callable[[Any, Any], Any],
    add: Callable[[Any, Any], Any],
    left: np.ndarray,
    right: np.ndarray,
    numbers: Any,
) -> np.ndarray:
    """`lax.dot_general`: batch axes first, then what is left of each operand."""
    (over_left, over_right), (batch_left, batch_right) = numbers
    a, batch, free_a = _arranged(left, batch_left, over_left)
    b, _, free_b = _arranged(right, batch_right, over_right)
    products = multiply(a[:, :, None, :], b[:, None, :, :])
    return folded(add, products, (3,)).reshape((*batch, *free_a, *free_b))


def _arranged(x: np.ndarray, batch: tuple[int, ...], over: tuple[int, ...]):
    """An operand as (batch, free, over), and the shapes of the first two."""
    free = [axis for axis in range(x.ndim) if axis not in (*batch, *over)]
    turned = np.transpose(x, [*batch, *free, *over])
    split = len(batch), len(batch) + len(free)
    shape = turned.shape[: split[0]], turned.shape[split[0] : split[1]]
    size = [int(np.prod(part, dtype=int)) for part in (*shape, turned.shape[split[1] :])]
    return turned.reshape(size), *shape
