"""How large a dense model of the same loss is."""

from importlib import import_module

import numpy as np
import pytest

from bayesfit import questions
from bayesfit.errors import InputError
from bayesfit.law import View, within
from bayesfit.models import load
from bayesfit.pooling import pooled
from bayesfit.questions import experts

from ..findings import fakes

QUESTION = questions.load("experts")


def draws(law, count=3):
    """Its published values, and some near them."""
    spread = np.linspace(0.99, 1.01, count)
    return {name: x * spread for name, x in law.published[0].values.items()}


def test_it_is_the_papers_effective_parameter_count():
    law, module = load("routed"), import_module("bayesfit.models.routed")
    values, columns = draws(law), dict(N=np.array([1e8, 1e8, 1e9]), experts=np.array([1.0, 8, 512]))
    found = np.asarray(experts.dense_size(law, values, columns))
    p = {name: x[:, None] for name, x in values.items()}
    exact = module.effective(View(**p), columns["N"][None], columns["experts"][None])
    np.testing.assert_allclose(found, exact, rtol=1e-9)
    assert found[0, 0] == pytest.approx(1e8)


def test_a_loss_that_no_dense_model_reaches_has_no_size():
    """At so many tokens experts bring down the data term too, which no dense size does."""
    law = load("moe_joint")
    columns = dict(N=np.array([1e9, 1e17]), experts=np.full(2, 32.0), D=np.full(2, 1e12))
    dense = np.asarray(experts.dense_size(law, draws(law, 1), columns))[0]
    assert np.isfinite(dense[0]) and np.isinf(dense[1])
    p = View(**{name: x.item() for name, x in draws(law, 1).items()})
    same = View(N=dense[0], experts=1.0, D=1e12)
    routed = law.log_loss(p, View(N=1e9, experts=32.0, D=1e12))
    assert float(law.log_loss(p, same)) == pytest.approx(float(routed), rel=1e-9)


def test_bands_by_group_and_in_words():
    law = pooled(load("routed"), "router")
    values = {name: np.stack([x, 1.01 * x, x], 1) for name, x in draws(load("routed")).items()}
    columns = dict(N=np.array([1e9, 1e9]), experts=np.array([8.0, 64.0]))
    frame = experts.table(law, values, columns, ("Hash", "S-Base"))
    assert list(frame["router"]) == ["Hash"] * 2 + ["S-Base"] * 2 + ["another"] * 2
    alone = experts.table(within(law, 1), values, columns, ())
    np.testing.assert_allclose(alone["dense"], frame["dense"][2:4])
    assert (frame["dense_lo80"] <= frame["dense"]).all() and (frame["gain"] > 1).all()
    (sentence,) = experts.in_words(frame, "router")
    assert sentence.startswith("1B parameters with 64 experts by ")
    headings = [heading for heading, _ in experts.shown(frame, "router")]
    assert headings == [
        "router",
        "N",
        "experts",
        "dense model of equal loss",
        "80 %",
        "95 %",
        "times N",
    ]


@pytest.mark.parametrize(
    "name, options, said",
    [
        ("routed", dict(N=1e9, experts=0.5), "1 or more"),
        ("routed", dict(N=-1, experts=8), "above zero"),
        ("moe_joint", dict(N=1e9, experts="8,64"), "reads D too"),
        ("moe_fine_grained", dict(N=1e9, experts=8), "by N and experts"),
        ("chinchilla_approach3", dict(N=1e9, experts=8), "by N and experts"),
    ],
)
def test_what_cannot_be_asked(name, options, said):
    with pytest.raises(InputError, match=said):
        QUESTION.ask(fakes.fit(law=load(name), runs=None), **options)
