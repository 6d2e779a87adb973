"""The envelope of training curves: whose it is, how lucky it is, and what is no curve."""

import numpy as np
import pandas as pd
import pytest

import bayesfit
from bayesfit.data import envelope
from bayesfit.data.runs import from_frame
from bayesfit.datasets import designs
from bayesfit.errors import InputError


def test_the_envelope_of_noise_free_curves():
    sizes = np.geomspace(4e7, 4e9, 24)
    N = np.repeat(sizes, 48)
    D = N * np.tile(np.geomspace(1, 300, 48), 24)
    run = np.repeat(np.arange(24), 48)
    curves = pd.DataFrame(dict(run=run, N=N, D=D, loss=designs.surface(N, D)))
    found = envelope.envelope(from_frame(curves, "curves"))
    slope = np.polyfit(np.log(found["C"]), np.log(found["N"]), 1)[0]
    assert slope == pytest.approx(designs.BETA / (designs.ALPHA + designs.BETA), abs=0.003)
    assert (found["N"] > sizes[0]).all() and (found["N"] < sizes[-1]).all()
    assert found["counts_as"].sum() == pytest.approx(found.table["run"].nunique())
    assert "winner's curse" in found.notes[-1]


def test_a_minimum_of_noisy_curves_lies_below_the_losses_to_expect():
    lucky = []
    for seed in range(10):
        found = envelope.envelope(from_frame(designs.curves(seed), "curves"))
        expected = designs.surface(found["N"], found["D"])
        lucky.append(np.mean(np.log(found["loss"] / expected)))
    assert np.mean(lucky) < -0.2 * designs.SEEDS


def test_what_is_no_curve_is_refused():
    with pytest.raises(InputError, match="no column run"):
        envelope.envelope(bayesfit.load("simulated_isoflop"))
    with pytest.raises(InputError, match="fewer than 3 sizes"):
        envelope.envelope(bayesfit.load("pile"))
    panel = pd.DataFrame(dict(run=["a", "a", "b"], N=[1e8, 1e8, 2e8], loss=[4.0, 3.5, 3.0]))
    with pytest.raises(InputError, match="no column D"):  # as `check` asks it of any table
        envelope.envelope(from_frame(panel))


def gemstones(folder, tokens):
    """The constant-rate runs, with FLOPs as McLeish et al. 2025 (arXiv:2502.06857) count them."""
    table = pd.read_csv(folder / "gemstones_curves.csv")
    table = table[(table["schedule"] == "constant") & (table["D"] <= tokens)]
    width, depth, length = table["width"], table["depth"], 2048
    projections = 4 * width**2 + 5.25 * width + 2 * width**2
    scores = width * length + 3 / 128 * width * length + 2 * width * length
    attention = 3 * projections + 3.5 * scores
    block = 3 * (24 * width**2 + 40 * width + 2 * width + 14 * width)
    per_token = depth * (attention + block) + 3 * (7 * width + 2 * width * 50304)
    table = table.assign(N=table["N_total"], C=per_token * table["D"])
    return from_frame(table[["run", "N", "D", "C", "loss"]], "gemstones")


@pytest.mark.parametrize("tokens, exponent", [(100.3e9, 0.499), (np.inf, 0.458)])
def test_gemstones_by_their_own_envelope(shared_data, tokens, exponent):
    found = envelope.hull(gemstones(shared_data, tokens))
    slope = np.polyfit(np.log(found["C"]), np.log(found["N"]), 1)[0]
    assert slope == pytest.approx(exponent, abs=5e-4)
