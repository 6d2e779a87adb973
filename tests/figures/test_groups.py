"""Groups of a pooled fit side by side, with one that was not seen."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from bayesfit import figures
from bayesfit.constants import UNSEEN
from bayesfit.figures.groups import differing

from .conftest import texts


def test_each_group_stands_at_its_own_median_and_one_not_seen_behind(corpora_fit):
    figure = figures.draw(corpora_fit, "groups")
    names = differing(corpora_fit)
    assert names[0] == "E" and "alpha" not in names  # the level of the loss differs, no exponent
    for name, ax in zip(names, figure.axes, strict=True):
        draws = corpora_fit.posterior.flat[name]
        circles = [x.get_xdata()[0] for x in ax.get_lines() if x.get_marker() == "o"]
        medians = np.quantile(draws, 0.5, axis=0, method="nearest")
        assert circles == pytest.approx(medians)
        shaded = {round(float(x.get_x()), 9) for x in ax.patches}
        assert round(float(np.quantile(draws[:, -1], 0.1, method="nearest")), 9) in shaded
    said = texts(figure)
    assert all(label in said for label in (*corpora_fit.labels, UNSEEN))
    spread = np.quantile(corpora_fit.posterior.flat["L_ref_spread"], 0.5, method="nearest")
    assert f"L_ref {spread:.2f}" in figure.get_suptitle()


def test_it_is_drawn_of_all_groups_and_into_axes_of_the_users(corpora_fit):
    assert "groups" in figures.of_fit(corpora_fit)
    own = Figure(figsize=(6, 4), layout="constrained")
    FigureCanvasAgg(own)
    ax = own.subplots()
    assert figures.draw(corpora_fit, "groups", ax=ax, flops=1e24) is own
    assert [t.get_text() for t in ax.get_yticklabels()] == [*corpora_fit.labels, UNSEEN]


def test_a_fit_without_groups_has_none(fit):
    assert "groups" not in figures.of_fit(fit)
