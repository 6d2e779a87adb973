"""From a function that jax can trace to the same function in JavaScript.

The function is traced to a jaxpr in float64, calls in it are inlined, and every operation on a
number becomes a line `const t7 = Math.exp(t6);`. The same operation on the same numbers is written
once, and what nothing reads is not written. Arithmetic of numbers alone is done here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np

from bayesfit.computing import in_double
from bayesfit.explorer import _primitives as js

Element = Any  # a number, or the text of a JavaScript name
NAME = re.compile(r"\bt\d+\b")
READ = re.compile(r"\bp\[o \+ (\d+)\]")


class Untranslatable(Exception):
    """A function that cannot be written in JavaScript; the message says why."""


@dataclass(frozen=True)
class Translated:
    """A function in JavaScript.

    Attributes:
        text: an arrow function of `p`, a typed array; `o`, where in it the values begin; and what
            the numbers are called. It returns a number, or an array of them.
        reads: of which value each of p[o], p[o + 1] ... is: its name, and its place in the flat
            array of that name.
    """

    text: str
    reads: tuple[tuple[str, int], ...]


@in_double
def javascript(
    function: Callable[..., Any], values: Mapping[str, Any], names: Sequence[str]
) -> Translated:
    """`function(values, *numbers)` in JavaScript.

    Args:
        function: of a dict of arrays and of numbers; gives a number or a tuple of numbers.
        values: an example of each array, of which only the shape counts.
        names: what the numbers are called in JavaScript: a name, or an element of an array as g[0].

    Raises:
        Untranslatable: it uses a primitive that is not known here, or jax cannot trace it.
    """
    shapes = {name: jax.ShapeDtypeStruct(np.shape(x), float) for name, x in values.items()}
    numbers = [jax.ShapeDtypeStruct((), float)] * len(names)
    try:
        closed = jax.make_jaxpr(function)(shapes, *numbers)
    except Exception as error:  # whatever a user's file may raise
        reason = str(error).partition("\n")[0]
        raise Untranslatable(f"jax cannot trace it ({type(error).__name__}: {reason})") from error
    places = [(name, i) for name in sorted(shapes) for i in range(int(np.prod(shapes[name].shape)))]
    slots = _shaped(shapes, [f"p[o + {i}]" for i in range(len(places))])
    writer = _Writer()
    found = writer.run(closed.jaxpr, closed.consts, [*slots, *map(_scalar, names)])
    results = [writer.atom(x.item()) for x in found if x.size == 1]
    if len(results) != len(found) or not results:
        raise Untranslatable("it gives arrays, and not numbers")
    return _finished(writer.lines, results, names, places)


def _shaped(shapes: Mapping[str, Any], slots: Sequence[str]) -> list[np.ndarray]:
    """Names of the elements of each array, in the order in which jax flattens a dict."""
    found, start = [], 0
    for name in sorted(shapes):
        size = int(np.prod(shapes[name].shape))
        found.append(np.array(slots[start : start + size], object).reshape(shapes[name].shape))
        start += size
    return found


def _scalar(x: Element) -> np.ndarray:
    return np.array(x, object)


def _finished(
    lines: Mapping[str, str],
    results: Sequence[str],
    names: Sequence[str],
    places: Sequence[tuple[str, int]],
) -> Translated:
    """The text of what the results need, its values counted anew in the order they are read."""
    by_name = {name: text for text, name in lines.items()}
    needed = set(NAME.findall(" ".join(results)))
    for name in reversed(by_name):
        if name in needed:
            needed.update(NAME.findall(by_name[name]))
    kept = [name for name in by_name if name in needed]
    short = {name: f"t{i}" for i, name in enumerate(kept)}
    result = results[0] if len(results) == 1 else f"[{', '.join(results)}]"
    body = [f"  const {name} = {by_name[name]};" for name in kept] + [f"  return {result};"]
    text = NAME.sub(lambda match: short[match[0]], "\n".join(body))
    read = list(dict.fromkeys(READ.findall(text)))
    slot = {old: new for new, old in enumerate(read)}
    text = READ.sub(lambda match: f"p[o + {slot[match[1]]}]", text)
    head = ", ".join(dict.fromkeys(["p", "o", *(name.partition("[")[0] for name in names)]))
    return Translated(f"({head}) => {{\n{text}\n}}", tuple(places[int(old)] for old in read))


@dataclass
class _Writer:
    """Lines written so far: what is computed -> the name it has."""

    lines: dict[str, str] = field(default_factory=dict)

    def atom(self, x: Element) -> str:
        return x if isinstance(x, str) else js.literal(x)

    def write(self, template: str, *operands: Element) -> str:
        """The name of what a template makes of operands."""
        text = template.format(*map(self.atom, operands))
        if text in operands:  # nothing was done to it
            return text
        return self.lines.setdefault(text, f"t{len(self.lines)}")

    def each(self, template: str, *operands: np.ndarray) -> np.ndarray:
        """A template, elementwise."""
        return _objects(
            np.frompyfunc(lambda *x: self.write(template, *x), len(operands), 1)(*operands)
        )

    def run(self, jaxpr: Any, consts: Sequence[Any], operands: Sequence[np.ndarray]) -> list:
        """The results of a jaxpr."""
        known = dict(zip(jaxpr.constvars, map(_objects, consts), strict=True))
        known |= dict(zip(jaxpr.invars, operands, strict=True))

        def read(x: Any) -> np.ndarray:
            return _objects(x.val) if hasattr(x, "val") else known[x]

        for equation in jaxpr.eqns:
            found = self.equation(equation, [read(x) for x in equation.invars])
            known |= dict(zip(equation.outvars, found, strict=True))
        return [read(x) for x in jaxpr.outvars]

    def equation(self, equation: Any, operands: list[np.ndarray]) -> list[np.ndarray]:
        """The results of one operation."""
        name, params = equation.primitive.name, equation.params
        dtypes = [x.aval.dtype for x in equation.invars]
        if params.get("name") in js.OURS:
            return [_objects(self.each(js.OURS[params["name"]], *operands))]
        inner = next((params[key] for key in js.CALLS if key in params), None)
        if inner is not None and name not in js.LOOPS:
            jaxpr, consts = getattr(inner, "jaxpr", inner), getattr(inner, "consts", ())
            return self.run(jaxpr, consts, operands)
        if all(_are_numbers(x) for x in operands):
            given = [_numbers(x, dtype) for x, dtype in zip(operands, dtypes, strict=True)]
            found = equation.primitive.bind(*given, **params)
            return [
                _objects(x) for x in (found if equation.primitive.multiple_results else [found])
            ]
        count = js.FIXED.get(name, len(operands))
        if name in js.MOVES and all(map(_are_numbers, operands[count:])):
            fixed = map(_numbers, operands[count:], dtypes[count:])
            return js.moved(equation.primitive, params, operands[:count], list(fixed))
        return [_objects(self.arithmetic(name, params, dtypes, operands))]

    def arithmetic(self, name: str, params: Any, dtypes: Sequence[Any], operands: list) -> Any:
        """The result of an operation that computes something."""
        known = js.template(name, dtypes[0])
        if known is not None:
            return self.each(known, *operands)
        if name == "integer_pow":
            return self.each(js.power(params["y"]), *operands)
        if name == "convert_element_type":
            return self.each(js.converted(dtypes[0], params["new_dtype"]), *operands)
        if name == "select_n" and len(operands) == 3:
            return self.each("({0} ? {2} : {1})", *operands)
        if name in js.FOLDS and operands[0].size:
            combine = self.combine(js.FOLDS[name], dtypes[0])
            return js.folded(combine, operands[0], tuple(params["axes"]))
        if name == "dot_general":
            multiply, add = (self.combine(x, dtypes[0]) for x in ("mul", "add"))
            left, right = operands
            return js.contracted(multiply, add, left, right, params["dimension_numbers"])
        raise Untranslatable(f"it uses the primitive {name} of jax, which has no translation")

    def combine(self, name: str, dtype: Any) -> Callable[[Any, Any], np.ndarray]:
        """An elementwise operation of two arrays."""
        template = js.template(name, dtype)
        assert template is not None
        return lambda x, y: self.each(template, x, y)


def _objects(x: Any) -> np.ndarray:
    """An array of Python numbers and texts, whatever its shape."""
    return np.array(np.asarray(x), object) if not isinstance(x, str) else _scalar(x)


def _are_numbers(x: np.ndarray) -> bool:
    return not any(isinstance(element, str) for element in x.flat)


def _numbers(x: np.ndarray, dtype: Any) -> np.ndarray:
    return x.astype(dtype)
