"""Whether the design of a sweep can bear an answer: rays, isoFLOP profiles, parabolas."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import bayesfit
from bayesfit.data import isoflop
from bayesfit.data.runs import from_frame
from bayesfit.findings import (
    _rays,
    data,
    isoflop_profiles,
    narrow_rays,
    one_ray,
    parabola_bias,
    rising_together,
)

from . import fakes
from .fakes import looked

TEX = dict(E=1.6934, A=406.40, B=410.70, alpha=0.33917084, beta=0.2849083)  # Hoffmann et al. 2022
SIZES = np.geomspace(1e8, 1e10, 12)


def surface(N, D):
    return TEX["E"] + TEX["A"] / N ** TEX["alpha"] + TEX["B"] / D ** TEX["beta"]


def grid(width, sizes, drift=0.0):
    """Profiles without scatter from N* / width to N* width."""
    p, C = TEX, np.repeat(np.geomspace(1e18, 1e22, 5), sizes)
    G = (p["alpha"] * p["A"] / (p["beta"] * p["B"])) ** (1 / (p["alpha"] + p["beta"]))
    best = G * (C / 6) ** (p["beta"] / (p["alpha"] + p["beta"])) * (C / 1e20) ** drift
    N = best * np.tile(np.geomspace(1 / width, width, sizes), 5)
    loss = surface(N, C / (6 * N))
    return from_frame(pd.DataFrame(dict(N=N, C=C, loss=loss)), "grid", simulated=True)


def bias(runs):
    found = parabola_bias.parabola_bias(surface, runs)
    assert found is not None
    return found


def test_warnings_of_the_table_are_findings():
    table = replace(fakes.runs(N=SIZES, D=20 * SIZES), warnings=("rows 3 and 4 are the same",))
    found = looked(data.check, fakes.fit(runs=table))
    assert [(f.verdict, f.finding) for f in found] == [("REVIEW", "rows 3 and 4 are the same.")]


def test_one_ray_is_found():
    ray, both = fakes.runs(N=SIZES, D=20 * SIZES), fakes.law()
    found = looked(one_ray.check, fakes.fit(law=both, runs=ray))
    assert [f.subject for f in found] == ["design"]
    assert "12 runs" in found[0].finding and "tokens per parameter, 20:" in found[0].finding
    assert not looked(one_ray.check, fakes.fit(law=both, runs=bayesfit.load("pile")))
    assert not looked(one_ray.check, fakes.fit(law=fakes.law(inputs=("N",)), runs=ray))
    assert _rays.diversity(ray, 0.3) == pytest.approx(0.0, abs=1e-12)
    assert _rays.diversity(bayesfit.load("pile"), 0.3) > 0.3


def test_what_a_law_of_one_input_does_not_see():
    of_N = fakes.law(inputs=("N",))
    ray, ample = (fakes.runs(N=SIZES, D=D) for D in (20 * SIZES, 1e12 + 0 * SIZES))
    found = looked(rising_together.check, fakes.fit(law=of_N, runs=ray))
    assert len(found) == 1 and "D rises with N" in found[0].finding
    assert not looked(rising_together.check, fakes.fit(law=of_N, runs=ample))
    assert not looked(rising_together.check, fakes.fit(law=fakes.law(), runs=ray))


def near_a_ray():
    return fakes.runs(N=SIZES, D=20 * SIZES * np.tile([1.0, 1.3], 6))


def narrow(law, **estimate):
    return looked(narrow_rays.check, fakes.fit(law=law, runs=near_a_ray(), estimate=estimate))


def test_narrow_rays_ask_for_the_role_and_never_for_a_name():
    """A parameter called beta is no exponent of D unless the law says so."""
    assert narrow(fakes.law(), beta=0.3) == []
    by_role = narrow(fakes.law(roles=dict(exponent_D="zeta")), zeta=0.3, beta=9.0)
    assert len(by_role) == 1 and "(D/N)^-0.3 has a spread of 3.9 %" in by_role[0].finding
    assert narrow(fakes.law(roles=dict(exponent_D="zeta")), zeta=0.9, beta=0.3) == []
    each = np.array([0.2, 0.4])
    assert narrow(fakes.law(roles=dict(exponent_D="zeta"), group="corpus"), zeta=each)


def test_a_ray_is_reported_once():
    law, ray = fakes.law(roles=dict(exponent_D="zeta")), fakes.runs(N=SIZES, D=20 * SIZES)
    one = fakes.fit(law=law, runs=ray, estimate=dict(zeta=0.3))
    assert looked(one_ray.check, one) and not looked(narrow_rays.check, one)


def test_few_runs_and_an_edge_are_found():
    runs = grid(4, 11)
    budget, size = np.repeat(np.arange(5), 11), np.tile(np.arange(11), 5)
    few = (budget == 1) & (size > 3) & (size < 8)
    kept = runs.subset(few | (budget == 2) & (size > 5) | (budget > 2))
    found = [
        f.finding for f in looked(isoflop_profiles.check, fakes.fit(law=fakes.law(), runs=kept))
    ]
    assert len(found) == 2
    assert "1 of 4 isoFLOP profiles have fewer than 5 runs (1e19 FLOPs)" in found[0]
    assert "edge of the profile of 1e20 FLOPs" in found[1]
    assert not looked(isoflop_profiles.check, fakes.fit(law=fakes.law(), runs=runs))
    of_C = fakes.law(inputs=("C",))
    assert not looked(isoflop_profiles.check, fakes.fit(law=of_C, runs=kept))


@pytest.mark.parametrize("width, published", [(2, 0.003), (16, 0.041)])
def test_the_published_bias_of_parabolas(width, published):
    """Czech et al.: 0.3 % at +-2x, 4.1 % at +-16x, in D*; dense grids of the unrounded law."""
    runs = grid(width, 1001)
    found = bias(runs)
    in_D = 1 / (1 + found.optima) - 1
    np.testing.assert_allclose(np.round(-in_D, 3), published)
    assert found.exponent == pytest.approx(0.0, abs=1e-9)  # centred grids: the intercept alone
    classical = isoflop.two_step(runs)
    assert classical.a == pytest.approx(TEX["beta"] / (TEX["alpha"] + TEX["beta"]), abs=1e-9)


def test_few_points_are_worse_and_drifting_centres_bend_the_exponent():
    few = [bias(grid(16, sizes)).optima[0] for sizes in (5, 15)]
    assert few == pytest.approx([0.0610, 0.0485], abs=1e-4)
    bent = bias(grid(16, 15, drift=0.1))
    assert abs(bent.exponent) > 1e-3
    found = parabola_bias.in_words(bent)
    assert found.verdict == "REVIEW" and "without scatter" in found.finding
    assert parabola_bias.in_words(bias(grid(2, 15))).verdict == "PASS"


def test_the_bias_of_parabolas_is_that_of_the_fitted_surface():
    law = bayesfit.load_law("chinchilla_approach3")
    wide = fakes.fit(law=law, runs=grid(30, 9), estimate=TEX)
    assert [f.verdict for f in looked(parabola_bias.check, wide)] == ["REVIEW"]
    none = fakes.fit(law=law, runs=bayesfit.load("pile"), estimate=TEX)  # no profiles
    assert looked(parabola_bias.check, none) == []
    assert not parabola_bias.check.applies(fakes.fit(law=fakes.law(group="corpus")))
