"""FLOPs in hours, energy and money."""

import numpy as np
import pytest

from bayesfit.errors import InputError
from bayesfit.machines import Cluster, drawn, middle, read_range


def test_known_numbers_have_no_band():
    cluster = Cluster(gpu="H100", mfu=0.4, dollars=2.0, overhead=1.5, per_node=4, gpus=1000)
    spent = cluster.spent(1e24)
    hours = 1e24 / (989.4e12 * 0.4) / 3600
    expected = dict(
        hours=hours, node_hours=hours / 4, days=hours / 24000, dollars=2 * hours,
        megawatt_hours=hours * 700 * 1.5 / 1e6,
    )  # fmt: skip
    assert {name: x[0] for name, x in spent.items()} == pytest.approx(expected)
    assert all(np.ptp(x) == pytest.approx(0.0, abs=1e-6 * x[0]) for x in spent.values())


def test_llama_3_took_about_the_hours_that_were_printed():
    # 3.8e25 FLOPs at an MFU of .38 to .43 and 30.84M hours of H100 (arXiv:2407.21783; model card).
    hours = Cluster(mfu=(0.38, 0.43)).spent(3.8e25)["hours"]
    assert np.median(hours) == pytest.approx(30.84e6, rel=0.15)


def test_hours_and_money_turn_into_flops_and_back():
    cluster = Cluster(mfu=(0.3, 0.45), dollars=3.0)
    C = cluster.flops(2e6)
    assert np.median(cluster.spent(C)["hours"]) == pytest.approx(2e6, rel=0.01)
    assert cluster.hours_for(6e6) == pytest.approx(2e6)
    with pytest.raises(InputError, match="no usual price of a a100"):
        Cluster(gpu="a100").hours_for(1.0)


def test_a_range_holds_nine_of_ten():
    draws = drawn((2.0, 5.0), np.random.default_rng(3))
    assert np.mean((draws > 2) & (draws < 5)) == pytest.approx(0.9, abs=0.02)
    assert middle((2.0, 5.0)) == pytest.approx(10**0.5) and middle(3.0) == pytest.approx(3.0)
    assert read_range("0.3-0.45", "mfu") == (0.3, 0.45) and read_range("0.4", "mfu") == 0.4
    assert read_range("1e-2-3e-1", "mfu") == (0.01, 0.3)


@pytest.mark.parametrize(
    ("made", "match"),
    [
        (lambda: Cluster(gpu="z80"), "there is no 'z80'; there are v100"),
        (lambda: Cluster(mfu=1.2), "mfu is 1.2: give a number above 0 and at most 1"),
        (lambda: Cluster(mfu=(0.4, 0.3)), "a range low-high"),
        (lambda: Cluster(dollars=-1.0), "dollars is -1.0"),
        (lambda: Cluster(per_node=0), "per_node is 0"),
        (lambda: read_range("cheap", "price"), "price is 'cheap': give a number, or a range"),
        (lambda: Cluster(mfu=float("nan")), "mfu is nan"),
        (lambda: read_range("1-2-3", "price"), "give a number, or a range"),
    ],
)
def test_what_cannot_be_used_is_said(made, match):
    with pytest.raises(InputError, match=match):
        made()
