"""Draws survive the disk, and say whether they converged."""

import numpy as np
import pytest

from bayesfit.errors import InputError
from bayesfit.inference.draws import Draws


def test_they_come_back_from_disk(small_fit, tmp_path):
    small_fit.posterior.save(tmp_path / "draws.nc")
    back = Draws.load(tmp_path / "draws.nc")
    assert back.method == "nuts" and back.attrs["law"] == "chinchilla_approach3"
    assert back.ref == pytest.approx(dict(small_fit.posterior.ref))
    for name, values in small_fit.posterior.values.items():
        np.testing.assert_array_equal(back.values[name], values)
    np.testing.assert_array_equal(back.log_likelihood, small_fit.posterior.log_likelihood)


def test_a_file_that_holds_none_is_refused(tmp_path):
    (tmp_path / "draws.nc").write_text("nothing")
    with pytest.raises(InputError, match="cannot be read as draws"):
        Draws.load(tmp_path / "draws.nc")
    with pytest.raises(InputError, match="cannot be read as draws"):
        Draws.load(tmp_path / "none.nc")


def test_convergence_notices_a_chain_apart(small_fit):
    posterior = small_fit.posterior
    apart = {name: x.copy() for name, x in posterior.values.items()}
    apart["alpha"][0] += 10 * apart["alpha"].std()
    table = Draws(apart, posterior.stats, posterior.ref, posterior.observed).convergence()
    assert table.loc["alpha", "r_hat"] > 1.5
    assert posterior.convergence()["r_hat"].max() < 1.05


def test_thinning_spans_all_chains(small_fit):
    chains, draws = small_fit.posterior.values["alpha"].shape
    assert (chains, draws) == (4, 200)
    thin = small_fit.posterior.thin(8)["alpha"]
    flat = small_fit.posterior.flat["alpha"]
    assert len(thin) == 8 and thin[0] == flat[0] and thin[-1] == flat[-1]


def test_a_bootstrap_is_kept_like_a_posterior(small_fit, tmp_path):
    small_fit.bootstrap.save(tmp_path / "refits.nc")
    back = Draws.load(tmp_path / "refits.nc")
    assert back.method == "bootstrap" and back.values["alpha"].shape == (1, 100)
    assert back.stats["converged"].all() and back.log_likelihood is None
