"""The tokens each size needs: printed columns, bands of a fit, and the answer in words."""

from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from click.testing import CliRunner
from rich.console import Console

import bayesfit
from bayesfit.commands import main
from bayesfit.law import View
from bayesfit.output import console
from bayesfit.prediction import optimum
from bayesfit.questions import _tokens as tokens

HOFFMANN = dict(E=1.6934, A=406.40, B=410.70, alpha=0.33917084, beta=0.2849083)


def one_draw(values):
    return {name: np.array([x]) for name, x in values.items()}


def test_printed_slopes_of_the_three_approaches():
    """N as a power of C = 6ND in tables 3 and A3: .498, .490, .459."""
    log_N = np.log(tokens.HOFFMANN["N"])
    slopes = [
        np.polyfit(np.log(6 * tokens.HOFFMANN["N"] * tokens.HOFFMANN[f"approach_{i}"]), log_N, 1)[0]
        for i in (1, 2, 3)
    ]
    np.testing.assert_allclose(slopes, [0.498, 0.490, 0.459], atol=1e-3)


def test_tokens_at_which_a_size_is_the_best():
    law, draws = bayesfit.load_law("chinchilla_approach3"), one_draw(HOFFMANN)
    D = tokens.best_tokens(law, draws, tokens.SIZES)
    budgets = 6 * np.array(tokens.SIZES) * D[0]
    best = optimum.optima(law, draws, budgets.tolist())["N"][0]
    np.testing.assert_allclose(best, tokens.SIZES, rtol=1e-6)
    # The printed column was made from other internals; it agrees to a fifth.
    np.testing.assert_allclose(D[0], tokens.HOFFMANN["approach_3"], rtol=0.2)


def test_a_law_that_must_be_searched_gives_the_same():
    law, draws = bayesfit.load_law("chinchilla_approach3"), one_draw(HOFFMANN)
    searched = tokens.best_tokens(replace(law, optimum=None), draws, [1e9, 1e12])
    np.testing.assert_allclose(searched, tokens.best_tokens(law, draws, [1e9, 1e12]), rtol=1e-4)


def test_between_budgets_a_bent_frontier_is_followed():
    """Its exponent of N* falls from 0.8 to 0.5; the optimum at the budget found is the size."""
    law, draws, sizes = bayesfit.load_law("pearce_song"), one_draw(HOFFMANN), [3e6, 1e8, 2e9, 7e10]
    D = tokens.best_tokens(law, draws, sizes)[0]
    budgets = np.asarray(law.cost(View(N=np.array(sizes), D=D)))
    best = optimum.optima(law, draws, budgets.tolist())["N"][0]
    np.testing.assert_allclose(best, sizes, rtol=0.01)


@pytest.mark.parametrize("closed", [True, False])
def test_a_size_that_no_budget_has_as_its_best(closed):
    law = bayesfit.load_law("chinchilla_approach3")
    law = law if closed else replace(law, optimum=None)
    D = tokens.best_tokens(law, one_draw(HOFFMANN), [10.0, 1e9, 1e30])[0]
    assert D[0] == 0 and 1e9 < D[1] < 1e12 and D[2] == np.inf


def test_a_law_without_a_best_size_is_refused():
    done = CliRunner().invoke(main, ["tokens", "--model", "kaplan_n"])
    assert done.exit_code == 2 and "no best size" in done.stderr


def test_ratios_and_probabilities():
    draws = 3.7 * np.array([[0.5], [0.9], [1.1], [2.0]]) * 5e3 * np.array([[175e9, 1e12]]) ** 0.74
    found = tokens.verdict(draws, [175e9, 1e12])
    assert found.near.tolist() == [0.5, 0.5] and found.more.tolist() == [0.5, 0.5]
    assert found.throughout == 0.5
    table = tokens.table(draws, [175e9, 1e12])
    assert table["approach_1_over_kaplan"][0] == pytest.approx(3.54, abs=0.01)
    assert table["kaplan"][0] == pytest.approx(1.044e12, rel=1e-3)
    assert np.isnan(tokens.table(draws, [174e9, 1e12])["approach_1"][0])


def test_the_screen_says_it_within_its_width(small_fit):
    answer = small_fit.ask("tokens")
    screen = Console(width=80, file=StringIO())
    console.show(answer, "text", screen)
    text = screen.file.getvalue()
    assert max(map(len, text.splitlines())) <= 80
    assert "216T" in text and "3.54" in text and "with probability" in text


def test_other_sizes(small_fit):
    answer = small_fit.ask("tokens", sizes=7e9)
    assert answer.tokens["N"].tolist() == [7e9] and np.isnan(answer.tokens["approach_1"].item())
    assert len(answer.sentences) == 2 and "at 7B parameters" in answer.sentences[0]
    with pytest.raises(bayesfit.InputError, match="numbers of parameters"):
        small_fit.ask("tokens", sizes=[-1.0])
