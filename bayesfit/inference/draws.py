"""Draws: what every way of fitting returns, and the only module that knows arviz.

A bootstrap refit is kept exactly like a posterior draw, so whatever reads draws does not care
which of the two made them. Two arviz worlds are served: 0.x, where draws are an InferenceData, and
1.x, where they are an xarray DataTree.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from bayesfit.bands import band
from bayesfit.constants import UNSEEN
from bayesfit.errors import InputError

OVERHEAD = 2**18  # bytes of a netCDF file beside its arrays, at most


@dataclass(frozen=True)
class Draws:
    """Draws of a law's parameters, with what is needed to use them again.

    Attributes:
        values: name -> array (chains, draws, ...): the law's parameters in the paper's
            coordinates, at the reference run, and derived; and those of the likelihood.
        stats: sampler or optimizer statistics, each (chains, draws).
        ref: the reference run (geometric means of the table).
        log_likelihood: pointwise, (chains, draws, runs), where the method has one.
        observed: log loss of the runs fitted, or their response on the scale of the law's link
            (runs,).
        attrs: provenance: method, law, likelihood, data hash, seed, versions.
    """

    values: Mapping[str, np.ndarray]
    stats: Mapping[str, np.ndarray]
    ref: Mapping[str, float]
    observed: np.ndarray
    log_likelihood: np.ndarray | None = None
    attrs: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        chains, draws = next(iter(self.values.values())).shape[:2]
        return f"<Draws of {self.attrs.get('law', 'a law')}: {chains} chains of {draws}>"

    @property
    def method(self) -> str:
        """ "nuts" or "bootstrap"."""
        return self.attrs["method"]

    @cached_property
    def flat(self) -> dict[str, np.ndarray]:
        """Values with chains end to end (chains * draws, ...)."""
        return {name: x.reshape(-1, *x.shape[2:]) for name, x in self.values.items()}

    def thin(self, count: int) -> dict[str, np.ndarray]:
        """At most `count` flat draws, evenly spaced over all chains."""
        total = len(next(iter(self.flat.values())))
        keep = np.linspace(0, total - 1, min(count, total)).astype(int)
        return {name: x[keep] for name, x in self.flat.items()}

    def of_group(self, code: int) -> Draws:
        """The draws with every vector parameter at one of its groups."""
        values = {
            name: x[..., code] if x.ndim > 2 and name not in self.hidden else x
            for name, x in self.values.items()
        }
        return replace(self, values=values)

    def summary(self) -> pd.DataFrame:
        """One row a parameter: mean, sd, median and the 80 % and 95 % intervals."""
        shown = {name: x for name, x in self.flat.items() if name not in self.hidden}
        rows = {
            name: dict(mean=x.mean(), sd=x.std(), **band(x))
            for name, x in by_element(shown, self.labels, axis=1)
        }
        return pd.DataFrame.from_dict(rows, orient="index")

    @property
    def labels(self) -> list[str]:
        """The groups that the elements of vector parameters belong to, but for the one unseen."""
        return _listed(self.attrs.get("labels", []))

    @property
    def hidden(self) -> list[str]:
        """Parameters that mean nothing one by one (`Likelihood.hidden`)."""
        return _listed(self.attrs.get("hidden", []))

    def convergence(self) -> pd.DataFrame:
        """R-hat and bulk and tail ESS of each parameter (Vehtari et al. 2021).

        A hidden parameter has one row, with the worst of each over its elements.
        """
        rows = {}
        for name, x in self.values.items():
            if name in self.hidden:
                each = pd.DataFrame([_convergence(x[..., i]) for i in range(x.shape[-1])])
                worst = {column: each[column].min() for column in each}
                rows[name] = worst | dict(r_hat=each["r_hat"].max())
                continue
            for label, one in by_element({name: x}, self.labels, axis=2):
                rows[label] = _convergence(one)
        return pd.DataFrame.from_dict(rows, orient="index")

    def leave_out(self, sets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Weights that turn the draws into those of the posterior without some of the runs.

        Importance weights are one over the likelihood of the runs left out, their largest smoothed
        by a generalized Pareto (PSIS; Vehtari et al. 2024, arXiv:1507.02646).

        Args:
            sets: which runs are left out (cases, runs); no case may be empty.

        Returns:
            Weights of the flat draws (cases, chains * draws), each row adding to 1; and Pareto k
            (cases,), above 0.7 where the weights rest on too few draws.
        """
        assert self.log_likelihood is not None
        flat = self.log_likelihood.reshape(-1, self.log_likelihood.shape[-1])
        log_weights, k = smoothed(np.asarray(sets, float) @ flat.T)
        weights = np.exp(log_weights - log_weights.max(-1, keepdims=True))
        return weights / weights.sum(-1, keepdims=True), k

    def loo(self) -> tuple[np.ndarray, np.ndarray]:
        """Log density of each run predicted by the others (PSIS-LOO; runs,), and Pareto k (runs,).

        Vehtari, Gelman & Gabry 2017, arXiv:1507.04544.
        """
        assert self.log_likelihood is not None
        flat = self.log_likelihood.reshape(-1, self.log_likelihood.shape[-1])
        weights, k = self.leave_out(np.eye(flat.shape[1]))
        top = flat.max(0)
        return top + np.log((weights.T * np.exp(flat - top)).sum(0)), k

    def to_xarray(self) -> Any:
        """An `xarray.DataTree` with the groups that arviz knows: posterior, sample_stats, ..."""
        import xarray

        groups = {
            "posterior": _dataset(self.values, ("chain", "draw")),
            "sample_stats": _dataset(self.stats, ("chain", "draw")),
            "observed_data": self._by_run({self.observable: self.observed}, ()),
        }
        if self.log_likelihood is not None:
            values = {self.observable: self.log_likelihood}
            groups["log_likelihood"] = self._by_run(values, ("chain", "draw"))
        tree = xarray.DataTree.from_dict(groups)
        tree.attrs.update({"ref": json.dumps(dict(self.ref))} | _flat_attrs(self.attrs))
        return tree

    @property
    def observable(self) -> str:
        """What the observed values are called: log_loss, for most laws."""
        return str(self.attrs.get("observable", "log_loss"))

    def _by_run(self, values: Mapping[str, np.ndarray], dims: tuple[str, ...]) -> Any:
        """Arrays whose last axis is the runs, under their names."""
        names = _listed(self.attrs.get("runs", []))
        names = names or [str(i + 1) for i in range(len(self.observed))]
        return _dataset(values, (*dims, "run"), run=names)

    def to_arviz(self) -> Any:
        """An `arviz.InferenceData` (arviz 0.x) or an `xarray.DataTree` (1.x)."""
        return as_arviz(self.to_xarray())

    def save(self, path: str | Path) -> None:
        """Write netCDF."""
        save_tree(self.to_xarray(), path)

    @classmethod
    def load(cls, path: str | Path) -> Draws:
        """Read what `save` wrote.

        Raises:
            InputError: the file cannot be read as draws.
        """
        groups, attrs = load_tree(path)
        if "posterior" not in groups:
            raise InputError(f"{path} holds no draws; give the posterior.nc that `run` wrote.")
        name = str(attrs.get("observable", "log_loss"))
        likelihood = groups.get("log_likelihood")
        return cls(
            values=groups["posterior"],
            stats=groups.get("sample_stats", {}),
            ref=json.loads(attrs.pop("ref")),
            observed=groups["observed_data"][name],
            log_likelihood=None if likelihood is None else likelihood[name],
            attrs=attrs,
        )


def _listed(found: str | list[str]) -> list[str]:
    """A list among the attributes, which netCDF holds as JSON."""
    return json.loads(found) if isinstance(found, str) else found


def _convergence(one: np.ndarray) -> dict[str, float]:
    """Of one number (chains, draws)."""
    az = _arviz()
    return dict(
        r_hat=float(az.rhat(one)),
        ess_bulk=float(az.ess(one, method="bulk")),
        ess_tail=float(az.ess(one, method="tail", prob=0.9)),
    )


def _dataset(values: Mapping[str, np.ndarray], dims: tuple[str, ...], **coords: Any) -> Any:
    """Arrays as an xarray Dataset; axes beyond `dims` get names of their own."""
    import xarray

    found = {}
    for name, x in values.items():
        x = np.asarray(x)
        found[name] = ((*dims, *(f"{name}_dim_{i}" for i in range(x.ndim - len(dims)))), x)
    counted = {}
    for dim in dims:
        if dim not in coords and found:
            counted[dim] = np.arange(next(iter(found.values()))[1].shape[dims.index(dim)])
    return xarray.Dataset(found, coords=counted | coords)


def _flat_attrs(attrs: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes as netCDF can hold them."""
    return {
        name: value if isinstance(value, (str, int, float)) else json.dumps(value)
        for name, value in attrs.items()
    }


def save_tree(tree: Any, path: str | Path) -> None:
    """Write an xarray DataTree as netCDF, whole or not at all.

    Raises:
        OSError: the disk is full. HDF5 would find out half-way, and end the process as it closes.
    """
    unfinished = Path(f"{path}.part")
    wanted = sum(node.dataset.nbytes for node in tree.subtree) + OVERHEAD
    if shutil.disk_usage(unfinished.parent).free < wanted:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # h5netcdf's own deprecations
        tree.to_netcdf(str(unfinished), engine="h5netcdf")
    unfinished.replace(path)


def load_tree(path: str | Path) -> tuple[dict[str, dict[str, np.ndarray]], dict[str, Any]]:
    """Group -> name -> array, and the attributes, of a netCDF file.

    Raises:
        InputError: the file cannot be read.
    """
    import h5py  # netCDF 4 is HDF5; through xarray it takes ten times as long

    try:
        with h5py.File(path) as file:
            groups = {str(name): _arrays(group) for name, group in file.items()}
            attrs = {str(name): x for name, x in file.attrs.items() if name[:1] != "_"}
            return groups, {n: x.item() if hasattr(x, "item") else x for n, x in attrs.items()}
    except (AttributeError, OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as draws ({error}).") from error


def as_arviz(tree: Any) -> Any:
    """A DataTree as the arviz that is installed wants it."""
    az = _arviz()
    if not az.__version__.startswith("0."):
        return tree
    groups = {name: node.to_dataset() for name, node in tree.children.items()}
    return az.InferenceData(**groups, attrs=dict(tree.attrs))


def by_element(
    values: Mapping[str, np.ndarray], labels: Sequence[str], axis: int
) -> Iterator[tuple[str, np.ndarray]]:
    """Each number of vector parameters under a name of its own: offset[C4], offset[another].

    Args:
        labels: what the elements of a vector stand for, but for the last of them.
        axis: where a vector has its elements; an array without that axis is a scalar parameter.
    """
    for name, x in values.items():
        if np.ndim(x) <= axis:
            yield name, x
        else:
            for i, label in enumerate([*labels, UNSEEN]):
                yield f"{name}[{label}]", np.asarray(x)[..., i]


def _arrays(group) -> dict[str, np.ndarray]:
    """The variables of a group; what names an axis is none."""
    kept = {str(name): x for name, x in group.items() if not x.is_scale}
    return {name: x[()].astype(x.attrs.get("dtype", x.dtype)) for name, x in kept.items()}


def _arviz() -> Any:  # two worlds: a type checker sees only one of them
    """arviz, without the notice about its own future that 0.23 prints at import."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        try:
            import arviz
        except OSError:  # 0.23 notes in the user's cache that it has printed the notice
            with TemporaryDirectory() as folder, _environment(XDG_CACHE_HOME=folder, HOME=folder):
                import arviz
    return arviz


@contextmanager
def _environment(**changed: str) -> Iterator[None]:
    """Other variables of the process within a block."""
    before = dict(os.environ)
    os.environ.update(changed)
    try:
        yield
    finally:
        for name in changed:
            os.environ.pop(name)
        os.environ.update({name: before[name] for name in changed if name in before})


def smoothed(log_likelihood: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """PSIS log weights of one over a likelihood (cases, draws), and Pareto k (cases,)."""
    # arviz 0.x is given log ratios, 1.x what they are minus of.
    az = _arviz()
    if hasattr(az, "psislw"):
        log_weights, k = az.psislw(-log_likelihood)
    else:
        from arviz_stats.base import array_stats  # type: ignore[import-not-found]

        log_weights, k = array_stats.psislw(log_likelihood)
    return np.asarray(log_weights), np.asarray(k)
