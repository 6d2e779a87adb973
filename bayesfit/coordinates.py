"""The coordinates of a law and its likelihood: theta, and q, its image on the whole real line.

Each parameter goes through the bijection of its prior's support, and is then moved (and stretched)
as the law and the likelihood ask, so that q is less entangled than theta (`Law.reparametrize`,
`Likelihood.reparametrize`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from math import prod

import jax
import jax.numpy as jnp
import numpy as np
from numpyro.distributions import Distribution, biject_to

from bayesfit.law import Law, Values, View

Array = jax.Array | np.ndarray
Priors = Mapping[str, Distribution]
Piece = tuple[str, Distribution, Array, Array, Array | float]
Moves = Callable[[Values], Values]


def _none(theta: Values) -> Values:
    del theta
    return {}


def dimension(shapes: Mapping[str, tuple[int, ...]]) -> int:
    """How many numbers all parameters are."""
    return sum(prod(shape) for shape in shapes.values())


def constrain(
    law: Law, q: Array, priors: Priors, held: tuple[str, ...] = (), last: Moves = _none
) -> Values:
    """theta of q (dimension,).

    Args:
        priors: of the parameters that q is of, in its order.
        held: parameters that are not moved, as those that the MLE holds are not.
        last: theta -> moves of parameters on which no other move depends.
    """
    return {name: value for name, _, _, value, _ in pieces(law, q, priors, held, last)}


def unconstrain(
    law: Law, theta: Values, priors: Priors, held: tuple[str, ...] = (), last: Moves = _none
) -> Array:
    """q of theta; the inverse of `constrain`."""
    moves = _moves(law, theta, held) | last(theta)
    parts = [
        _moved(biject_to(prior.support).inv(jnp.asarray(theta[name])), moves.get(name, 0.0))
        for name, prior in priors.items()
    ]
    return jnp.concatenate([jnp.ravel(part) for part in parts])


def log_prior(law: Law, q: Array, priors: Priors, last: Moves = _none) -> Array:
    """Log prior density of q, the Jacobian of the bijections and moves included."""
    return log_prior_of(pieces(law, q, priors, last=last))


def log_prior_of(found: Iterable[Piece]) -> Array:
    """The same of the pieces of q."""
    total = jnp.zeros(())
    for _, prior, piece, value, growth in found:
        total += jnp.sum(prior.log_prob(value)) + jnp.sum(growth)
        total += jnp.sum(biject_to(prior.support).log_abs_det_jacobian(piece, value))
    return total


def pieces(
    law: Law, q: Array, priors: Priors, held: tuple[str, ...] = (), last: Moves = _none
) -> Iterator[Piece]:
    """(name, prior, unconstrained, value, log growth) of each parameter, in order."""
    parts = list(_parts(q, priors))
    values = {name: biject_to(prior.support)(part) for name, prior, part in parts}
    upright = {}
    for _ in range(2):  # a move may depend on a parameter that is moved, but no deeper
        moves = _moves(law, values, held)
        upright = {name: _moved_back(part, moves.get(name, 0.0)) for name, _, part in parts}
        values = {name: biject_to(prior.support)(upright[name][0]) for name, prior, _ in parts}
    moves = last(values)
    for name, prior, part in parts:
        if name in moves:
            upright[name] = _moved_back(part, moves[name])
            values[name] = biject_to(prior.support)(upright[name][0])
        whole, growth = upright[name]
        yield name, prior, whole, values[name], growth


def _parts(q: Array, priors: Priors) -> Iterator[tuple[str, Distribution, Array]]:
    """Name, prior and its stretch of q."""
    start = 0
    for name, prior in priors.items():
        end = start + prod(prior.shape())
        yield name, prior, q[start:end].reshape(prior.shape())
        start = end


def _moves(law: Law, theta: Values, held: tuple[str, ...]) -> Values:
    moves = law.reparametrize(View(**theta))
    return {name: move for name, move in moves.items() if name not in held}


def _moved(x: Array, move) -> Array:
    """An unconstrained parameter moved, and first stretched if `move` is (shift, stretch)."""
    shift, stretch = move if isinstance(move, tuple) else (move, 1.0)
    return x * stretch + shift


def _moved_back(q: Array, move) -> tuple[Array, Array | float]:
    """The inverse, and its log Jacobian."""
    if not isinstance(move, tuple):
        return q - move, 0.0
    shift, stretch = move
    return (q - shift) / stretch, -jnp.log(stretch)
