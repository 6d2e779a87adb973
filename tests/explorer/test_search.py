"""The search in the page finds what `fit.optimum` finds, draw by draw, for every law."""

import numpy as np
import pytest

from bayesfit import models
from bayesfit.bands import LEVELS, band
from bayesfit.explorer.pack import DRAWS, pack, representative
from bayesfit.law import within
from bayesfit.prediction import optimum

from .node import PARTS, drawn, needs_node, run, with_optimum

pytestmark = needs_node
BUDGETS = (1e18, 1e24, 1e27)
PLAN = dict(C=1e24, largestN=np.inf, largestD=np.inf, inference=0.0)
# Law -> how much more loss is nothing: its valley has a level bottom, and N* there is chance.
LEVEL = {"data_constrained": 3e-8}
# Law -> by how much losses differ for want of bits in the page: constants that nearly cancel.
ROUNDED = {"farseer": 3e-6}
FAST = {"chinchilla_approach3", "kaplan_transfer"}
SEARCH = """
const { optima, lossOf } = makeSearch(data.rule);
const law = makeLaw(data, data.variants[variant], eval(`[${code.join(",")}]`));
plans.map((plan) => ({ ...optima(law, plan), of: law.loss ? lossOf(law, plan, size) : [] }))"""


def settings(given: list[float], free: bool, count: int, seed: int) -> list[dict]:
    """Budgets and limits at random, the first without any."""
    rng, found = np.random.default_rng(seed), [PLAN | dict(given=given)]
    for _ in range(count):
        limits = dict(
            C=10 ** rng.uniform(19, 26),
            largestN=rng.choice([np.inf, 10 ** rng.uniform(8, 12)]),
            largestD=rng.choice([np.inf, 10 ** rng.uniform(10, 13)]),
            inference=rng.choice([0.0, 10 ** rng.uniform(10, 13)]) if free else 0.0,
        )
        found.append(limits | dict(given=[x * rng.uniform(0.8, 1.2) for x in given]))
    return found


def asked(plan: dict, names: tuple[str, ...]) -> dict:
    """Settings of the page as constraints of `fit.optimum`."""
    said = dict(largest_N=plan["largestN"], largest_D=plan["largestD"])
    said = {name: x for name, x in said.items() if np.isfinite(x)}
    said |= dict(inference_tokens=plan["inference"]) if plan["inference"] else {}
    return said | (dict(given=dict(zip(names, plan["given"], strict=True))) if names else {})


def compare(name: str, settings_count: int, data: str = "", seed: int = 5) -> None:
    law, values, runs, labels = drawn(models.load(name), data=data)
    given = {x: float(np.median(runs[x])) for x in law.given}
    made = pack(law, values, labels, BUDGETS, given)
    assert made.data["draws"] == 40 and "lattice" not in made.data["variants"][0]
    last = len(made.data["variants"]) - 1
    one = within(law, last) if last else law
    plans = settings([*given.values()], one.has_surface, settings_count, seed)
    code = [*made.code]
    found = run(PARTS + SEARCH, data=made.data, variant=last, code=code, plans=plans, size=3e9)
    for plan, here in zip(plans, found, strict=True):
        there = optimum.optima(one, values, plan["C"], **asked(plan, law.given))
        same(one, values, plan, here, there)


def same(law, values, plan, here, there) -> None:
    """N* to four digits, and D*; unless the loss is the same for all sizes between; and losses."""
    N = there["N"][:, 0]
    np.testing.assert_array_equal(np.isfinite(here["N"]), np.isfinite(N))
    finite = np.isfinite(N)
    off = np.abs(here["N"][finite] / N[finite] - 1)
    if not law.has_surface:
        assert (off < 5e-5).all(), plan
        return
    loss = there["loss"][finite, 0]
    more = np.exp(here["logLoss"][finite]) / loss - 1
    alike = np.abs(more)
    # Where a limit makes a kink, the page may find the lower point, by less than anybody can see.
    level = (alike < LEVEL.get(law.name, 0.0)) | ((more < 0) & (alike < 1e-8) & (off < 1e-3))
    assert ((off < 5e-5) | level).all(), (plan, off.max())
    assert (alike < 3e-6).all(), (plan, alike.max())
    # Where serving takes nearly all, tokens are a small difference: in units of all tokens, then.
    D = np.abs(here["D"][finite] - there["D"][finite, 0]) / (plan["C"] / 6 / N[finite])
    assert ((D < 1e-4) | level).all(), (plan, D.max())
    size = optimum.loss_of_size(law, values, [3e9], plan["C"], **asked(plan, law.given))[:, 0]
    bought = np.isfinite(here["of"])
    rtol = ROUNDED.get(law.name, 1e-7)
    np.testing.assert_allclose(np.exp(here["of"][bought]), size[bought], rtol=rtol)


def some(name: str):
    return pytest.param(name, marks=[pytest.mark.slow] * (name not in FAST))


@pytest.mark.parametrize("name", [some(name) for name in with_optimum()])
def test_the_page_finds_the_optimum_of_every_draw(name):
    compare(name, 5)


@pytest.mark.slow
@pytest.mark.parametrize("name", with_optimum())
def test_at_fifty_settings(name):
    compare(name, 50, seed=8)


OWN = '''"""Twice the tokens cost more than twice, and N and D are never worth the same: L = ...."""

from jax.numpy import exp, log, where
from numpyro.distributions import LogNormal, Normal

from bayesfit.law import Law


def priors(ref):
    return dict(level=Normal(0.0, 0.1), a=LogNormal(-1.1, 0.1), b=LogNormal(-1.2, 0.1))


def log_loss(p, runs):
    due = 300.0 * runs.N**-p.a + 500.0 * runs.D**-p.b
    return p.level + log(1.6 + where(due > 1e-6, due, 1e-6))


def cost(columns):
    """6 N D (1 + 1e-13 D)"""
    return 6.0 * columns.N * columns.D * (1.0 + 1e-13 * columns.D)


law = Law(rows="final", priors=priors, log_loss=log_loss, cost=cost)
'''


def test_a_law_of_ones_own_with_a_rule_of_its_own(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(OWN)
    compare(str(file), 6, data="pile")


def test_bands_are_those_of_python():
    rng = np.random.default_rng(1)
    for count in (1, 2, 7, 500, 501):
        draws = rng.standard_normal(count)
        draws[rng.random(count) < 0.03] = np.inf
        found = run(PARTS + "\nbandOf(draws, levels)", draws=draws, levels=LEVELS)
        assert found == {name: float(x) for name, x in band(draws).items()}


def test_the_draws_of_a_page_stand_for_all():
    """Bands of N* and of the loss are nearly those of all draws; ten times nearer than by chance
    are those of N*."""
    rng = np.random.default_rng(3)
    log_N, other = rng.standard_normal((2, 4000))
    best = dict(N=np.exp(log_N)[:, None], loss=np.exp(0.6 * log_N + 0.8 * other)[:, None])
    values = dict(log_N=log_N, log_loss=0.6 * log_N + 0.8 * other, three=np.ones((4000, 3)))
    kept = representative(values, best)
    assert kept["three"].shape == (DRAWS, 3)
    for name, tolerance in (("log_N", 0.03), ("log_loss", 0.1)):
        for level in ("lo80", "median", "hi80"):
            assert abs(band(kept[name])[level] - band(values[name])[level]) < tolerance, name
    assert kept["log_loss"].std() == pytest.approx(values["log_loss"].std(), rel=0.03)
    few = representative({"x": np.arange(30.0)}, dict(N=np.arange(30.0)[:, None]))
    assert (few["x"] == np.arange(30.0)).all()
