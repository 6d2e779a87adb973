"""The size that loses least on average, against a brute force in numpy."""

import numpy as np
import pytest

import bayesfit
from bayesfit.errors import InputError
from bayesfit.prediction.decision import decide

C = 1e23
DRAWS = dict(
    E=np.array([1.7, 1.8, 1.6, 1.75]),
    A=np.array([400.0, 500.0, 300.0, 900.0]),
    B=np.array([410.0, 2000.0, 900.0, 500.0]),
    alpha=np.array([0.34, 0.35, 0.30, 0.40]),
    beta=np.array([0.28, 0.37, 0.31, 0.27]),
)


def loss(p: dict, N: np.ndarray, budget: float = C) -> np.ndarray:
    """Chinchilla's form along a budget (draws, sizes)."""
    E, A, B, alpha, beta = (p[name][:, None] for name in ("E", "A", "B", "alpha", "beta"))
    return E + A / N**alpha + B / (budget / (6 * N)) ** beta


@pytest.fixture(scope="module")
def law():
    return bayesfit.load_law("chinchilla_approach3")


def test_the_size_is_that_of_the_least_mean_excess(law):
    N = np.geomspace(1e8, 1e13, 400001)
    surface = loss(DRAWS, N)
    excess = (surface - surface.min(1)[:, None]).mean(0)
    found = decide(law, DRAWS, C)
    assert found.size == pytest.approx(N[np.argmin(excess)], rel=2e-3)
    assert found.expected.min() == pytest.approx(excess.min(), rel=1e-3)
    assert found.best == pytest.approx(surface.min(1), rel=1e-8)
    mean = surface.mean(0)
    near = N[mean <= 1.001 * mean.min()]
    assert found.valley == pytest.approx((near[0], near[-1]), rel=0.06)  # steps of the grid
    assert found.without == 0.0


def test_it_is_neither_the_median_nor_the_mean_of_the_best_sizes(law):
    found = decide(law, DRAWS, C)
    mean = found.losses(found.size).mean()
    assert all(
        mean < found.losses(N).mean() for N in (np.median(found.best_N), found.best_N.mean())
    )


def test_what_is_wasted_is_the_budget_that_the_best_size_would_not_need(law):
    found = decide(law, DRAWS, C)
    built = found.losses(3 * found.size)
    N = np.geomspace(1e8, 1e13, 4001)
    needed = np.geomspace(0.02, 1.0, 2001) * C
    lowest = np.stack([loss(DRAWS, N, budget).min(1) for budget in needed])
    at = [np.interp(-x, -y, np.log(needed)) for x, y in zip(built, lowest.T, strict=True)]
    assert found.wasted(built) == pytest.approx(1 - np.exp(at) / C, abs=0.02)
    assert found.wasted(found.best) == pytest.approx(0.0, abs=1e-6)


def test_tokens_and_the_size_at_a_ratio(law):
    found = decide(law, DRAWS, C)
    assert found.tokens(1e10) == pytest.approx(C / 6e10)
    assert found.size_at(20.0) == pytest.approx((C / 120) ** 0.5, rel=1e-9)
    for served in (1e12, 1e14, 1e16):  # .43, .9997 and nearly all of the budget
        found = decide(law, DRAWS, C, inference_tokens=served)
        exact = C / (served + np.hypot(served, np.sqrt(120 * C)))  # 120 N^2 + 2 N served = C
        assert found.size_at(20.0) == pytest.approx(exact, rel=1e-9)


def test_sizes_that_can_be_built_and_inference_are_weighed(law):
    sizes = [7e9, 13e9, 70e9]
    found = decide(law, DRAWS, C, sizes=sizes)
    surface = loss(DRAWS, np.array(sizes))
    assert list(found.N) == sizes and found.size == sizes[int(np.argmin(surface.mean(0)))]
    served = decide(law, DRAWS, C, inference_tokens=1e13)
    assert served.size < decide(law, DRAWS, C).size


def test_draws_without_a_best_size_are_left_out_and_counted(law):
    strange = {name: x.copy() for name, x in DRAWS.items()}
    strange["B"][0] = 0.0  # tokens do not matter: ever larger is ever better
    assert decide(law, strange, C).without == 0.25
    with pytest.raises(InputError, match="no draw of chinchilla_approach3 has a best size"):
        decide(law, {name: x[:1] for name, x in strange.items()}, C)


def test_a_law_without_a_surface_is_refused():
    with pytest.raises(InputError, match="no loss of N and D to weigh sizes by"):
        decide(bayesfit.load_law("kaplan_n"), dict(alpha_N=np.array([0.07])), C)
