"""Functions of jax in JavaScript: every primitive, structure, and what cannot be translated."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from bayesfit.computing import float64
from bayesfit.explorer import _primitives
from bayesfit.explorer.translate import Untranslatable, javascript

from .node import needs_node, run

X = np.array([0.37, 1.9, -2.3, 0.81])
M = np.arange(6.0).reshape(2, 3) - 1.3


def slope(x):
    return jnp.exp(x) * x


ELEMENTWISE = dict(
    abs=lambda x, y: abs(x),
    acos=lambda x, y: jnp.arccos(0.1 * x),
    acosh=lambda x, y: jnp.arccosh(1.5 + y),
    arithmetic=lambda x, y: (x + y) * (x - 2.0) / (y + 3.5),
    asin=lambda x, y: jnp.arcsin(0.1 * x),
    asinh=lambda x, y: jnp.arcsinh(x),
    atan=lambda x, y: jnp.arctan(x),
    atan2=lambda x, y: jnp.arctan2(x, -y),
    atanh=lambda x, y: jnp.arctanh(0.1 * x),
    cbrt=lambda x, y: jnp.cbrt(x),
    ceil=lambda x, y: jnp.ceil(x) + jnp.floor(y),
    clamp=lambda x, y: lax.clamp(-0.5, x, y) + jnp.clip(x, -0.5, 1.0),
    cos=lambda x, y: jnp.cos(x) + jnp.sin(y) - jnp.tan(x),
    cosh=lambda x, y: jnp.cosh(x) + jnp.sinh(y) - jnp.tanh(x),
    eq=lambda x, y: jnp.where((x == y) | (x != -2.3), x, y),
    exp2=lambda x, y: jnp.exp2(x),
    expm1=lambda x, y: jnp.expm1(1e-3 * x),
    is_finite=lambda x, y: jnp.where(jnp.isfinite(x / (x - 1.9)), x, 7.0),
    log=lambda x, y: jnp.log(y) + jnp.log10(y) - jnp.log2(y),
    log1p=lambda x, y: jnp.log1p(1e-3 * x),
    logaddexp=lambda x, y: jnp.logaddexp(x, 2.0 * y),
    logistic=lambda x, y: jax.nn.sigmoid(x) + jax.nn.softplus(x) + jax.nn.relu(x),
    not_=lambda x, y: jnp.where(~(x > 0.0) & (y <= 2.0) | (x >= 1.0), -x, y),
    powers=lambda x, y: x**2 + x**3 + x**-1 + y**0.3 + y**x + jnp.square(x),
    rem=lambda x, y: lax.rem(x, y) + jnp.minimum(x, y) - jnp.maximum(x, 0.1),
    rsqrt=lambda x, y: lax.rsqrt(y) + jnp.sqrt(y),
    sign=lambda x, y: jnp.sign(x) * y,
    stop=lambda x, y: lax.stop_gradient(x) + jnp.array(y, copy=True) + jax.grad(slope)(x),
    xor=lambda x, y: jnp.where((x > 0.0) ^ (y > 1.0), x, y),
)
STRUCTURE = dict(
    broadcast=lambda p: jnp.sum(p["x"][:2, None] * p["m"]),
    concatenate=lambda p: jnp.concatenate([p["x"], 2.0 * p["m"][0]])[5] + jnp.stack([p["x"]])[0, 1],
    dot=lambda p: (p["m"] @ p["x"][:3])[1] + p["x"] @ p["x"],
    einsum=lambda p: jnp.einsum("ij,kj->ik", p["m"], p["m"])[1, 0],
    batched=lambda p: jnp.sum(jnp.matmul(jnp.stack([p["m"]] * 2), jnp.stack([p["m"].T] * 2))[1]),
    folded=lambda p: jnp.max(p["x"]) - jnp.min(p["m"]) + jnp.prod(p["x"]) + jnp.mean(p["m"]),
    folded_truth=lambda p: jnp.where(jnp.any(p["x"] > 1.5) & jnp.all(p["m"] > -9), 1.0, 2.0),
    gathered=lambda p: p["x"][jnp.array([3, 0])].sum() + jnp.take(p["x"], -1),
    logsumexp=lambda p: jax.scipy.special.logsumexp(p["x"]),
    looked_up=lambda p: lax.dynamic_slice(p["x"], (1,), (2,)).sum(),
    moved=lambda p: p["m"].T.reshape(2, 3)[1, 2] + p["x"][::-1][0] + jnp.pad(p["x"], 1)[0],
    nested=lambda p: jax.jit(lambda x: jax.nn.silu(x).sum())(p["x"]),
    over_range=lambda p: jnp.sum(jnp.where(jnp.arange(4) < 2, p["x"], 0.0)),
    split=lambda p: jnp.split(p["x"], 2)[1][0] + jnp.unstack(p["m"])[1][2],
    tiled=lambda p: jnp.tile(p["x"], 2)[6],
    truth=lambda p: 3.0 * (p["x"] > 0.5).astype(float).sum() + p["x"][0].astype(int),
    vectorised=lambda p: jax.vmap(lambda a, b: jnp.cos(a) * b)(p["x"], p["x"][::-1]).sum(),
    whole=lambda p: p["x"][0] * (jnp.floor(p["x"][1]).astype(int) // 1),
)


def evaluated(function, values, numbers=()):
    """A function as JavaScript has it."""
    names = [f"n{i}" for i in range(len(numbers))]
    made = javascript(function, values, names)
    p = [np.ravel(values[name])[i] for name, i in made.reads]
    return run(f"const f = {made.text};\nf([99, ...p], 1, ...numbers)", p=p, numbers=list(numbers))


@needs_node
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_what_acts_on_numbers_is_the_same(name):
    function = ELEMENTWISE[name]

    def all_of(p, y):
        return tuple(function(p["x"][i], y) for i in range(4))

    with float64():
        expected = all_of(dict(x=jnp.asarray(X)), 1.9)
    found = evaluated(all_of, dict(x=X), [1.9])
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-300)


@needs_node
@pytest.mark.parametrize("name", STRUCTURE)
def test_what_moves_and_folds_arrays_is_the_same(name):
    function, values = STRUCTURE[name], dict(x=X, m=M)
    with float64():
        expected = function({name: jnp.asarray(x) for name, x in values.items()})
    np.testing.assert_allclose(evaluated(function, values), expected, rtol=1e-12)


def test_every_template_is_tried():
    """By the names of the primitives that the two lists above are traced to."""
    tried = set()
    with float64():
        for function in ELEMENTWISE.values():
            tried |= primitives(jax.make_jaxpr(function)(X[0], 1.9).jaxpr)
        for function in STRUCTURE.values():
            tried |= primitives(jax.make_jaxpr(function)(dict(x=X, m=M)).jaxpr)
    known = {*_primitives.REALS, *_primitives.FOLDS, *_primitives.MOVES}
    newer = {"log2", "stack", "unstack"}  # than the lowest jax: log2 is of 0.12
    assert known - tried <= {x for x in newer if not hasattr(lax, f"{x}_p")}


def primitives(jaxpr) -> set[str]:
    found = set()
    for equation in jaxpr.eqns:
        found.add(equation.primitive.name)
        inner = [equation.params[key] for key in _primitives.CALLS if key in equation.params]
        for one in inner:
            found |= primitives(getattr(one, "jaxpr", one))
    return found


@needs_node
def test_an_index_beyond_an_array_is_nan_as_in_jax():
    assert np.isnan(evaluated(lambda p: p["x"].at[9].get(mode="fill"), dict(x=X)))
    filled = evaluated(lambda p: p["x"].at[9].get(mode="fill", fill_value=4.5), dict(x=X))
    assert filled == 4.5


def test_nothing_is_written_twice_or_for_nobody():
    def function(p, N):
        jnp.sinh(N)  # nobody reads it
        return jnp.exp(p["a"] * N) + jnp.exp(p["a"] * N) * jnp.log(2.0)

    text = javascript(function, dict(a=0.3, unused=1.0), ["N"]).text
    assert text.count("Math.exp") == 1 and "sinh" not in text and "Math.log" not in text


def test_only_what_is_read_is_asked_for():
    made = javascript(lambda p: p["b"][2] * p["c"], dict(a=X, b=X, c=1.0), [])
    assert made.reads == (("b", 2), ("c", 0)) and "p[o + 1]" in made.text


def test_functions_that_differ_in_what_they_read_share_a_text():
    texts = {javascript(lambda p, i=i: jnp.exp(p["b"][i]), dict(b=X), []).text for i in range(4)}
    assert len(texts) == 1


def test_text_is_made_of_numbers_and_operations_alone():
    """No name of a user's file is written into a page."""
    made = javascript(lambda p, N: p["</script>"] * N, {"</script>": 1.0}, ["N"])
    assert "script" not in made.text


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (lambda p, n: lax.fori_loop(0, 3, lambda i, x: x * n, n), "primitive scan of jax"),
        (lambda p, n: lax.while_loop(lambda x: x < 9, lambda x: 2 * x, n), "primitive while of"),
        (lambda p, n: lax.cond(n > 1, lambda: n, lambda: 2 * n), "primitive cond of jax"),
        (lambda p, n: p["x"][n.astype(int)], "of jax, which has no translation"),
        (lambda p, n: jnp.sort(p["x"])[0] * n, "primitive sort of jax"),
        (lambda p, n: p["x"] * n, "it gives arrays, and not numbers"),
        (lambda p, n: float(n), "jax cannot trace it"),
        (lambda p, n: 1 / 0, r"jax cannot trace it \(ZeroDivisionError"),
    ],
)
def test_what_is_not_known_is_named(function, reason):
    with pytest.raises(Untranslatable, match=reason):
        javascript(function, dict(x=X), ["n"])
