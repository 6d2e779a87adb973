"""A law pooled over groups: what it gives back, and how it predicts a group that it never saw."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import bayesfit
from bayesfit import binding, coordinates, figures, stages
from bayesfit import pooling as hierarchy
from bayesfit.constants import UNSEEN
from bayesfit.law import View

from .simulate import LEVELS, corpora


@pytest.fixture
def fitted(corpora_fit):
    return corpora_fit


def pooled_problem(vary=None):
    law = hierarchy.pooled(bayesfit.load_law("chinchilla_approach3"), "corpus", vary)
    return binding.bind(law, corpora())


def test_levels_come_back(fitted):
    found = fitted.exponents()
    assert found["posterior_mean"].isna().sum() == 0
    for corpus, level in LEVELS.items():
        ratio = (
            fitted.posterior.flat["E"][:, "abc".index(corpus)] / fitted.posterior.flat["E"][:, 1]
        )
        assert np.mean(ratio) == pytest.approx(level, abs=0.01), corpus
    spread = fitted.posterior.flat["L_ref_spread"]
    low, high = np.quantile(spread, [0.025, 0.975])
    assert low < np.std([np.log(x) for x in LEVELS.values()]) < high
    assert fitted.convergence["r_hat"].max() < 1.05


def test_a_group_not_seen_is_less_sure(fitted):
    """Its band holds the groups seen, and is several times theirs."""
    at = {"N": [1e10] * 4, "D": [2e11] * 4, "corpus": ["a", "b", "c", "d"]}
    bands = fitted.predict(at)
    width = np.log(bands["loss_hi95"] / bands["loss_lo95"])
    assert width[3] > 3 * width[:3].max()
    assert (bands["loss_lo95"][3] < bands["loss"][:3]).all()
    assert (bands["loss"][:3] < bands["loss_hi95"][3]).all()
    optima = fitted.optimum([1e23])
    assert list(optima["corpus"]) == ["a", "b", "c", UNSEEN]


def test_one_group_is_a_fit_of_its_own(fitted):
    one = fitted.within("c")
    assert one.law.group == "" and len(one.runs) == 30
    np.testing.assert_allclose(
        one.optimum([1e23])["loss"], fitted.optimum([1e23])["loss"][2], rtol=1e-9
    )
    shown = fitted.numbers("c").posterior.flat
    np.testing.assert_array_equal(shown["E"], fitted.posterior.flat["E"][:, 2])
    with pytest.raises(bayesfit.InputError, match="no group is called"):
        fitted.within("d")


def test_the_mle_is_that_of_one_law_for_all(fitted):
    law = bayesfit.load_law("chinchilla_approach3")
    alone = stages.task(law, None, corpora(), None, fitted.task.settings)
    best = stages.estimate(alone).best().q
    alpha = stages.estimates(alone.problem, best[None])["alpha"]
    np.testing.assert_allclose(fitted.estimate["alpha"], alpha[0], rtol=1e-4)
    assert "L_ref_spread" not in fitted.estimate


def test_it_is_saved_and_opened(fitted, tmp_path):
    fitted.save(tmp_path)
    back = bayesfit.open(tmp_path)
    assert back.settings == fitted.settings and back.settings["group"] == "corpus"
    assert back.law is fitted.law and back.labels == fitted.labels == ("a", "b", "c")
    assert back.optimum([1e23]).equals(fitted.optimum([1e23]))
    at = {"N": 1e10, "D": 2e11, "corpus": "c"}
    assert back.predict(at).equals(fitted.predict(at))


@pytest.mark.parametrize("vary", [None, ["L_ref", "alpha"]])
def test_coordinates_return_and_their_volume_is_counted(vary):
    @jax.jit
    def look(bound):
        def unbounded(q):
            pieces = [part for _, _, part, *_ in coordinates.pieces(bound.law, q, bound.priors())]
            return jnp.concatenate([jnp.ravel(piece) for piece in pieces])

        def growth(q):
            return sum(jnp.sum(g) for *_, g in coordinates.pieces(bound.law, q, bound.priors()))

        q = bound.draw_prior(jax.random.key(0), 3)
        again = jax.vmap(lambda q: bound.unconstrain(bound.constrain(q)))(q)
        return q, again, jax.jacfwd(unbounded)(q[0]), growth(q[0])

    q, again, slopes, growth = look(pooled_problem(vary))
    np.testing.assert_allclose(again, q, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(growth, np.linalg.slogdet(slopes)[1], rtol=1e-8)


def test_what_cannot_be_pooled_is_said():
    law = bayesfit.load_law("chinchilla_approach3")
    with pytest.raises(bayesfit.InputError, match="no parameter E"):
        hierarchy.pooled(law, "corpus", ["E"])
    with pytest.raises(bayesfit.InputError, match="a measure of the runs"):
        hierarchy.pooled(law, "N")
    with pytest.raises(bayesfit.InputError, match="law of groups already"):
        hierarchy.pooled(hierarchy.pooled(law, "corpus"), "family")
    with pytest.raises(bayesfit.InputError, match="no column corpus"):
        bayesfit.fit(law, bayesfit.load("pile"), group="corpus")


def test_a_law_of_a_share_is_pooled():
    """Whose response lies between nought and one."""
    errors = bayesfit.load("simulated_errors")
    law = hierarchy.pooled(bayesfit.load_law("loss_to_error"), "task")
    table = errors.table.assign(task=np.resize(["a", "b"], len(errors)))
    found = binding.bind(law, bayesfit.from_frame(table, simulated=True))
    assert found.labels == ("a", "b")


def test_a_compiled_textbook_hands_on_what_is_not_varied():
    """Numbers that went through jax.jit are not the objects that went in."""
    plain = bayesfit.load_law("chinchilla_approach3")
    compiled = replace(
        plain,
        textbook=lambda theta, ref: jax.jit(lambda x: plain.textbook(View(**x), ref))(vars(theta)),
    )
    bound = [binding.bind(hierarchy.pooled(law, "corpus", ["L_ref"]), corpora())
             for law in (plain, compiled)]  # fmt: skip
    q = np.asarray(bound[0].draw_prior(jax.random.key(1), 3))
    with jax.enable_x64(True):
        found = [np.array([b.predict(x) for x in q]) for b in bound]
    np.testing.assert_allclose(*found, rtol=1e-9)


@pytest.mark.slow
def test_every_figure_of_a_pooled_law(fitted):
    drawn = figures.all_figures(fitted)
    assert {"frontier", "exponents", "fit_and_residuals", "pair_plot"} <= set(drawn)
    for name, figure in drawn.items():
        assert len(figures.png(figure)) > 10_000, name
        of_all = figures.load(name).grouped  # the groups side by side, and no one of them
        assert of_all or "a" in [text.get_text() for text in figure.texts], name
