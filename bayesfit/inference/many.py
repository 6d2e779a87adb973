"""One law on many tables at once: estimates and their bootstraps as the lanes of one program.

A table is a lane of its own, as a start or a replicate is in `bayesfit.inference.mle`; all are of
one padded length. Lanes are dealt out over the devices, so a thousand tables are a thousand starts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import jax
import numpy as np

from bayesfit.computing import in_double, program
from bayesfit.inference.bootstrap import resample
from bayesfit.inference.devices import EVERYWHERE, LANES, deal, gather, mesh
from bayesfit.inference.mle import POLISH, Minimum, batch_size, descend, polish, take_lower
from bayesfit.problem import Problem
from bayesfit.progress import Progress, silent

HEAT = 8  # steps of every start, of which the best FINALISTS go on
FINALISTS = 2
STEPS, MORE = 40, 460  # of a lane at first, and of one that is late


class Tables:
    """Problems of one law and one length, dealt out over the devices."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.first, self.count = problems[0], len(problems)
        self.together = jax.tree.map(lambda *x: np.stack(x), *problems)
        self.weights = np.stack([np.asarray(problem.weights) for problem in problems])

    @in_double
    def run(
        self,
        which: np.ndarray,
        q: np.ndarray,
        weights: Callable[[np.ndarray], np.ndarray],
        delta: float,
        progress: Progress = silent,
    ) -> Minimum:
        """Every lane to the end.

        Args:
            which: the table of each lane (lanes,).
            q: where it starts (lanes, law_dimension).
            weights: ``lanes -> (lanes, n)``, what runs count in these lanes.
        """
        found = self._lanes(descend, which, q, weights, delta, STEPS, progress)
        for lane, steps in ((descend, MORE), (polish, POLISH)):
            late = np.flatnonzero(~found.converged)
            if not len(late):
                break
            again = self._lanes(
                lane, which[late], found.q[late], lambda some, late=late: weights(late[some]),
                delta, steps,
            )  # fmt: skip
            take_lower(found, late, again)
        return found

    def _lanes(
        self, lane: Callable, which, q, weights, delta: float, steps: int, tell: Progress = silent
    ) -> Minimum:
        """Equal batches, the last one padded, so that one compiled program serves any number."""
        total, batch = len(which), batch_size(self.first)
        q = np.where(self.first.random, 0.0, q)
        done = []
        for begin in range(0, total, batch):
            some = np.minimum(np.arange(begin, begin + batch), total - 1)
            mine = jax.tree.map(lambda x, own=which[some]: deal(x[own]), self.together)
            dealt = deal(q[some]), deal(np.asarray(weights(some), float))
            out = _advance(lane, mine, *dealt, np.float64(delta), np.int64(steps))
            done.append([gather(x) for x in out])
            tell(min(begin + batch, total), total)
        return Minimum(*(np.concatenate(x)[:total] for x in zip(*done, strict=True)))

    def estimates(self, starts: np.ndarray, delta: float, progress: Progress = silent) -> Minimum:
        """The minimum of each table, each array (tables, ...).

        Args:
            starts: q that every table starts from (starts, law_dimension); q is of the
                law at each table's own reference run, so one set of points serves all.
        """
        which = np.repeat(np.arange(self.count), len(starts))
        lanes = np.tile(starts, (self.count, 1))

        def own(some: np.ndarray) -> np.ndarray:
            return self.weights[which[some]]

        heats = self._lanes(descend, which, lanes, own, delta, HEAT, progress)
        cost = np.nan_to_num(heats.objective, nan=np.inf).reshape(self.count, -1)
        best = (
            np.argsort(cost, axis=1)[:, :FINALISTS] + len(starts) * np.arange(self.count)[:, None]
        )
        finalists = best.ravel()
        ends = self.run(
            which[finalists], heats.q[finalists], lambda some: own(finalists[some]), delta, progress
        )
        cost = np.nan_to_num(ends.objective, nan=np.inf).reshape(self.count, -1)
        winner = cost.argmin(1) + cost.shape[1] * np.arange(self.count)
        return Minimum(*(x[winner] for x in ends))

    def refits(
        self, optimum: np.ndarray, runs: Sequence[int], count: int, seed: int, delta: float,
        progress: Progress = silent,
    ) -> Minimum:  # fmt: skip
        """Refits to resampled runs, each array (tables, count, ...).

        Args:
            optimum: q of each table's minimum (tables, law_dimension).
            runs: of each table (tables,).
        """
        length = self.weights.shape[1]
        counts = np.zeros((self.count, count, length), np.uint8)
        for i, n in enumerate(runs):
            counts[i, :, :n] = resample(n, count, seed + i)
        counts = counts.reshape(-1, length)
        which = np.repeat(np.arange(self.count), count)
        found = self.run(which, optimum[which], lambda some: counts[some], delta, progress)
        return Minimum(*(x.reshape(self.count, count, *x.shape[1:]) for x in found))


@program(static_argnums=0)
def _advance(lane, tables: Problem, q, weights, delta, steps):
    """Lanes side by side on each device, each with its own table."""
    return jax.shard_map(
        jax.vmap(lane, in_axes=(0, 0, 0, None, None)),
        mesh=mesh(),
        in_specs=(LANES, LANES, LANES, EVERYWHERE, EVERYWHERE),
        out_specs=LANES,
        check_vma=False,
    )(tables, q, weights, delta, steps)


def described_each(tables: Tables, q: np.ndarray) -> dict[str, np.ndarray]:
    """What is worth keeping of q (tables, refits, law_dimension), as arrays (tables, refits)."""
    return {name: np.asarray(x) for name, x in _described(tables.together, np.asarray(q)).items()}


@program
def _described(together: Problem, q):
    return jax.vmap(lambda problem, q: jax.vmap(problem.describe_law)(q))(together, q)
