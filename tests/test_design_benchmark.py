"""ScaleBench's protocol on a toy task: money, waiting, fits, plans and bands."""

from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

pytest.importorskip("benchmarks.design", reason="benchmarks/ is not in a source distribution")

from bayesfit.errors import InputError
from benchmarks.design import bands, fitting, misfit, page, protocol, redrawn, run
from benchmarks.design import task as tasks
from benchmarks.design.methods import _plans, expected_error
from benchmarks.design.protocol import Method, State
from benchmarks.design.task import Law, Task


@pytest.fixture(scope="module", autouse=True)
def shapes_as_in_numpy():
    """Formulas of ScaleBench are written for whole tables."""
    with jax.numpy_rank_promotion("allow"):
        yield


TRUTH = dict(E=1.7, A=30.0, alpha=0.3)
TOY = """
from benchmarks.design.task import Law, Task


def power(p, x):
    return p.E + p.A * x.N**-p.alpha


task = Task(
    name="toy",
    inputs=dict(N="N"),
    response=("loss",),
    cost=lambda runs: runs["N"],
    laws=(Law("power", power, dict(E=(0, 5), A=(0.1, 1000), alpha=(0.01, 2))),),
    shares=(0.05, 0.2, 0.5),
)
"""


def loss(N):
    return TRUTH["E"] + TRUTH["A"] * N ** -TRUTH["alpha"]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """One file and one csv, as somebody else would bring them."""
    folder = tmp_path_factory.mktemp("toy")
    N = np.geomspace(1e4, 1e7, 24)
    noise = 1e-3 * np.random.default_rng(0).standard_normal(len(N))
    table = pd.DataFrame(dict(N=N, loss=loss(N) + noise, split=np.where(N < 4e6, "train", "test")))
    table.to_csv(folder / "toy.csv", index=False)
    (folder / "toy.py").write_text(TOY)
    return folder / "toy.py", folder / "toy.csv"


@pytest.fixture(scope="module")
def toy(files):
    task = tasks.load(files[0])
    return task, tasks.read(task, files[1])[0]


@pytest.fixture(scope="module")
def bought(toy):
    """What every method buys, by name."""
    task, group = toy
    methods = [run.load_method(name) for name in run.METHODS]
    return {m.name: protocol.buy(task, group, task.laws[0], m, seed=0) for m in methods}


def test_no_method_spends_more_than_the_share_or_buys_a_run_twice(toy, bought):
    task, group = toy
    assert len(bought) == len(run.METHODS)
    for points in bought.values():
        rows = points[-1].bought
        assert len(set(rows)) == len(rows)
        for share, point in zip(task.shares, points, strict=True):
            assert group.costs[point.bought].sum() <= share * group.costs.sum() * (1 + 1e-9)
            assert list(rows[: len(point.bought)]) == list(point.bought)


def test_the_cheapest_are_the_cheapest_and_all_that_can_be_paid(toy, bought):
    task, group = toy
    order = np.argsort(group.costs)
    for share, point in zip(task.shares, bought["cheapest"], strict=True):
        count = int((np.cumsum(group.costs[order]) <= share * group.costs.sum()).sum())
        assert list(point.bought) == list(order[:count])


def test_a_run_beyond_the_share_waits_and_nothing_is_bought_before_it(toy):
    task, group = toy
    order = np.argsort(group.costs)
    costs = group.costs / group.costs.sum()
    dear = next(row for row in order if 0.05 < costs[row] < 0.2)
    wanted = [order[0], dear, order[1]]
    asked = []

    def choose(state):
        asked.append(len(state.bought))
        return [] if asked[1:] else wanted

    points = protocol.buy(task, group, task.laws[0], Method("toy", choose), seed=0)
    assert [list(x.bought) for x in points] == [wanted[:1], wanted[:2], wanted[:2]]


def test_without_a_run_there_is_no_fit_and_the_score_is_the_lowest(toy):
    task, group = toy
    points = protocol.buy(task, group, task.laws[0], Method("none", lambda state: []), seed=0)
    assert all(x.fits is None for x in points)
    assert protocol.score(task.laws[0], [group], points[:1]) == -1.0


def test_r2_is_kept_within_its_ends():
    outcomes = np.array([1.0, 2.0, 3.0])
    assert protocol.r2(outcomes, outcomes) == 1.0
    assert protocol.r2(outcomes + 100, outcomes) == -1.0
    assert protocol.r2(np.full(3, 2.0), outcomes) == pytest.approx(0.0)


def test_least_squares_find_the_law_of_the_runs(toy):
    task, group = toy
    law = task.laws[0]
    every = np.arange(len(group.costs))
    exact = group.__class__(**{**group.__dict__, "responses": loss(group.pool["N"])[:, None]})
    fits = fitting.fit(law, exact, every, np.random.default_rng(0))
    np.testing.assert_allclose(fits.theta[0], list(TRUTH.values()), rtol=1e-4)
    assert fits.mse[0] < 1e-12 and np.all(np.diff(fits.mse) >= 0)


def test_runs_that_do_not_determine_a_law_leave_it_near_the_middle_of_its_bounds(toy):
    """A sum of two parameters: the pseudo-inverse of numpy halves it between them."""
    _, group = toy
    law = Law("sum", lambda p, x: (p.a + p.b) * x.N**0, dict(a=(-10, 10), b=(-10, 10)))
    fits = fitting.fit(law, group, np.array([0]), np.random.default_rng(0))
    np.testing.assert_allclose(fits.theta[0], [group.responses[0, 0] / 2] * 2, rtol=1e-3)


def test_a_parameter_stays_within_its_bounds(toy):
    _, group = toy
    law = Law("low", lambda p, x: p.a * x.N**0, dict(a=(0.0, 1.0)))
    fits = fitting.fit(law, group, np.arange(4), np.random.default_rng(0))
    assert fits.theta[0, 0] == pytest.approx(1.0)


def test_the_misfit_learned_is_that_of_the_dense_normal():
    rng = np.random.default_rng(0)
    places, J = rng.standard_normal((12, 2)), rng.standard_normal((12, 2, 3))
    residuals = 0.05 * rng.standard_normal((12, 2))
    found = misfit.learned(residuals, J, places)
    law = J.reshape(-1, 3) @ J.reshape(-1, 3).T / misfit.PRIOR_PRECISION
    log_density = []
    for smooth, scatter, length in zip(found.smooth, found.scatter, found.lengths, strict=True):
        K = np.kron(misfit.kernel(places, places, length), np.eye(2))
        C = law + smooth * K + (scatter + 1e-10) * np.eye(24)
        r = residuals.ravel()
        log_density.append(-0.5 * (r @ np.linalg.solve(C, r) + np.linalg.slogdet(C)[1]))
    size = np.log(np.sqrt(found.smooth + found.scatter) / misfit.DOUBT)
    prior = np.exp(-0.5 * (size / misfit.SPREAD) ** 2)
    dense = prior * np.exp(np.array(log_density) - max(log_density))
    np.testing.assert_allclose(found.weights, dense / dense.sum(), atol=1e-6)
    assert found.weights.sum() == pytest.approx(1.0)


def test_a_misfit_is_learned_where_slopes_leave_no_rank_in_double_precision():
    """Two parameters that do the same, and move the fit far more than a residual is known."""
    rng = np.random.default_rng(1)
    J = 1e12 * np.repeat(rng.standard_normal((6, 1, 1)), 2, axis=2)
    weights = misfit.learned(0.05 * rng.standard_normal((6, 1)), J, rng.standard_normal((6, 2)))
    assert np.isfinite(weights.weights).all() and weights.weights.sum() == pytest.approx(1.0)


def test_a_plan_buys_what_leaves_the_fit_the_smallest_error():
    """Beside the error of the regularised fit itself, written out: truth, misfit and scatter."""
    rng = np.random.default_rng(3)
    J, targets = rng.standard_normal((9, 1, 3)), 2 * rng.standard_normal((4, 1, 3))
    pool, far = rng.standard_normal((9, 2)), rng.standard_normal((4, 2)) + 1
    K, across = 0.3 * misfit.kernel(pool, pool, 1.0), 0.3 * misfit.kernel(pool, far, 1.0)
    P, scatter = np.full(3, 4.0), 0.2
    found = _plans.surface(J[None], targets[None], P, np.ones(1), K, across, scatter)

    def error(rows):
        mine, T = J[rows, 0], targets[:, 0]
        fit = np.linalg.solve(mine.T @ mine + (scatter + 0.3) * np.diag(P), mine.T)
        missed = T - T @ fit @ mine
        noise = T @ fit @ (K[np.ix_(rows, rows)] + scatter * np.eye(len(rows))) @ fit.T @ T.T
        return np.trace(missed @ np.diag(1 / P) @ missed.T + noise - 2 * T @ fit @ across[rows])

    bought, costs, every = [2, 5], np.ones(9), np.arange(9)
    best = min((r for r in range(9) if r not in bought), key=lambda r: error([*bought, r]))
    assert _plans.plan(found, bought, costs, 1.0, (0.0,), 1e-9, every) == [best]
    two = _plans.plan(found, bought, costs, 2.0, (0.0, 1.0), 1e-9, every)
    assert error([*bought, *two]) < error([*bought, best]) and len(set(two)) == 2
    others = [row for row in every if row != best]
    assert _plans.plan(found, bought, costs, 1.0, (0.0,), 1e-9, others) != [best]


def test_of_a_large_pool_runs_that_can_be_paid_are_considered_first(toy, monkeypatch):
    task, group = toy
    monkeypatch.setattr(expected_error, "WORK", 0)
    monkeypatch.setattr(expected_error, "FEWEST", 6)
    dear = np.sort(group.costs)[5]
    rng = np.random.default_rng(0)
    state = State(group, task.laws[0], np.array([0]), dear, (dear,), 1, None, rng)
    rows = expected_error._considered(state, expected_error.DEFAULT)
    can_be_paid = set(np.flatnonzero(group.costs <= dear)) - {0}
    assert len(rows) == 6 and can_be_paid == set(rows[: len(can_be_paid)])
    assert set(protocol.buy(task, group, task.laws[0], expected_error.method, 0)[-1].bought)


def test_ours_beats_runs_bought_at_random_on_the_toy(toy, bought):
    task, group = toy
    scores = {name: protocol.score(task.laws[0], [group], x[:1]) for name, x in bought.items()}
    assert scores["expected error"] > 0.9
    assert scores["expected error"] >= scores["random"]


def test_bands_hold_runs_of_a_law_that_is_true(toy, bought):
    task, group = toy
    point = bought["expected error"][-1]
    drawn = bands.draws(task.laws[0], group, point.bought, point.fits, np.random.default_rng(0))
    assert drawn.shape == (bands.LAWS * bands.COPIES, *group.outcomes.shape)
    found = bands.scored(drawn, group.outcomes)
    assert found["inside95"] == 1.0 and 0 < found["crps"] < found["width95"] < 0.2


def test_a_table_drawn_again_is_of_another_law_and_scatters_as_the_pool_does(toy):
    task, (law,) = toy[0], toy[0].laws
    with pytest.raises(InputError, match="give it two"):
        redrawn.redrawn(task, [toy[1]], law, seed=0)
    line = Law("line", lambda p, x: p.a - p.b * jnp.log(x.N), dict(a=(0, 20), b=(0, 2)))
    both = replace(task, laws=(law, line))
    (mine,) = redrawn.redrawn(both, [toy[1]], line, seed=0)
    (again,) = redrawn.redrawn(both, [toy[1]], line, seed=0)
    (other,) = redrawn.redrawn(both, [toy[1]], line, seed=1)
    np.testing.assert_array_equal(mine.responses, again.responses)
    assert not np.array_equal(mine.responses, other.responses)
    assert np.abs(mine.responses[:, 0] - loss(mine.pool["N"])).max() < 0.01  # the law not fitted
    (bent,), logs = redrawn.redrawn(both, [toy[1]], law, seed=0), np.log(toy[1].pool["N"])
    straight = np.polyfit(logs, toy[1].responses[:, 0], 1)
    residuals = toy[1].responses[:, 0] - np.polyval(straight, logs)
    for x, inputs in ((bent.responses, bent.pool), (bent.outcomes, bent.target)):
        off = x[:, 0] - np.polyval(straight, np.log(inputs["N"]))
        assert np.abs(off[:, None] - residuals).min(1).max() < 1e-3


def test_a_task_is_one_file_and_one_table(files, tmp_path, monkeypatch):
    monkeypatch.setattr(run, "CACHE", tmp_path)
    names = "cheapest", "v_optimal", "expected_error"
    frames = [run.kept(files[0], files[1], "power", x, range(2)) for x in names]
    found = pd.concat(frames)
    assert len(found) == 3 * 2 * 3 and found["r2"].between(-1, 1).all()
    banded = found[found["inside80"].notna()]
    assert set(banded["method"]) == {page.OURS}
    again = run.kept(files[0], files[1], "power", "cheapest", range(2))
    pd.testing.assert_frame_equal(again, frames[0])
    for some in (found, found[found["seed"] == 0]):
        text = page.redrawn(some)
        assert "| expected error over cheapest |" in text and "nan" not in text
    without = found[found["method"] != page.OURS]
    assert "was not run" in page.redrawn(without) and "was not run" in page.scalebench(without)
    other = tmp_path / "other.csv"
    pd.read_csv(files[1]).assign(loss=lambda x: x["loss"] + 1 / x["N"]).to_csv(other)
    kept = len(list((tmp_path / "toy").iterdir()))
    run.kept(files[0], other, "power", "cheapest", range(1))
    assert len(list((tmp_path / "toy").iterdir())) == kept + 1  # of another table
    text = page.scalebench(found)
    assert "| expected error |" in text and "toy 1 laws and 2 seeds" in text


def test_what_is_missing_is_said(files, tmp_path):
    task = tasks.load(files[0])
    with pytest.raises(InputError, match="there is no table"):
        tasks.read(task, tmp_path / "none.csv")
    table = pd.read_csv(files[1]).drop(columns="loss")
    with pytest.raises(InputError, match="lacks loss"):
        list(task.groups(table))
    (tmp_path / "empty.py").write_text("")
    with pytest.raises(InputError, match="defines no task"):
        tasks.load(tmp_path / "empty.py")


# Table 1 of Li et al. 2026: laws, and their mean number of parameters.
SIZES = dict(
    parallel=(10, 4.2),
    vocab=(10, 6.8),
    domain_mixture=(10, 29.0),
    moe=(10, 5.3),
    data_constrained=(10, 7.0),
    lr_bsz=(10, 20.2),
    sparsity=(4, 5.0),
    farseer=(1, 9.0),
)


@pytest.mark.parametrize("name", SIZES)
def test_every_task_has_the_published_laws(name):
    task: Task = tasks.load(tasks.shipped()[name])
    counts = [law.ends.shape[1] for law in task.laws]
    assert (len(counts), round(float(np.mean(counts)), 1)) == SIZES[name]
    assert all((law.ends[0] < law.ends[1]).all() for law in task.laws)


# What the authors note beside their bounds as fits to a table, and the rms residual it leaves.
NOTED = [
    ("moe", "sl_1", "all_data", [1.55, 38, 0.19, 0.07], 0.065),
    ("moe", "sl_5", "all_data", [1.59, 3.80, -0.24, -0.20, 0.013, -0.07], 0.06),
    ("parallel", "sl_3", "pile", [117.9, -0.261, 0.174, 1.398], 0.004),
    ("parallel", "sl_5", "stack", [1.14e7, 0.396, 0.199, 0.709], 0.004),
    ("parallel", "sl_7", "stack", [0.728, 30.6, 0.211, 0.065], 0.005),
]


@pytest.mark.parametrize(("name", "law", "group", "theta", "residual"), NOTED)
def test_formulas_fit_where_the_authors_say(name, law, group, theta, residual):
    if not Path(tasks.DATA, f"{name}.csv").is_file():
        pytest.skip("the tables of ScaleBench are not here")
    task = tasks.load(tasks.shipped()[name])
    chosen = next(x for x in task.laws if x.name == law)
    here = next(x for x in tasks.read(task) if x.name == group)
    predicted = fitting.predictions(chosen, np.array([theta], float), here.pool)[0]
    assert np.sqrt(np.mean((predicted - here.responses) ** 2)) < residual


def test_the_laws_of_rate_and_batch_are_finite_within_their_bounds():
    """Their table is kept back; the ranges are those noted beside the bounds."""
    rng = np.random.default_rng(0)
    ends = dict(rate=(1.2e-4, 0.022), batch=(16, 4096), D=(2e9, 1e11), N=(6e7, 1.07e9))
    inputs = {name: np.exp(rng.uniform(*np.log(x), 20)) for name, x in ends.items()}
    for law in tasks.load(tasks.shipped()["lr_bsz"]).laws:
        middle = fitting.scale(law).parameters(np.zeros((1, law.ends.shape[1])))
        predicted = fitting.predictions(law, middle, inputs)
        assert predicted.shape == (1, 20, 1) and np.abs(predicted).max() < 1e30, law.name
