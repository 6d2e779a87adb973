"""The tokens each size needs: printed columns, bands of a fit, and the answer in words."""

from dataclasses import replace
from io import StringIO

import numpy as np
import pytest
from click.testing import CliRunner
from rich.console import Console

import bayesfit
from bayesfit.commands.cli import main
from bayesfit.output import tokens_screen
from bayesfit.prediction import optimum
from bayesfit.questions import tokens

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


def test_a_law_without_a_best_size_is_refused():
    done = CliRunner().invoke(main, ["tokens", "--model", "kaplan_n"])
    assert done.exit_code == 2 and "no best size" in done.stderr


def test_ratios_and_probabilities():
    draws = 3.7 * np.array([[0.5], [0.9], [1.1], [2.0]]) * 5e3 * np.array([[175e9, 1e12]]) ** 0.74
    told = tokens.answer(draws, [175e9, 1e12])
    assert told.near.tolist() == [0.5, 0.5] and told.more.tolist() == [0.5, 0.5]
    assert told.throughout == 0.5
    table = tokens.table(draws, [175e9, 1e12])
    assert table["approach_1_over_kaplan"][0] == pytest.approx(3.54, abs=0.01)
    assert table["kaplan"][0] == pytest.approx(1.044e12, rel=1e-3)
    assert np.isnan(tokens.table(draws, [174e9, 1e12])["approach_1"][0])


def test_the_screen_says_it_within_its_width(small_fit):
    D = tokens.best_tokens(small_fit.law, small_fit.posterior.thin(400), tokens.SIZES)
    console = Console(width=80, file=StringIO())
    tokens_screen.show(console, tokens.table(D), tokens.answer(D), "a law", "pile")
    text = console.file.getvalue()
    assert max(map(len, text.splitlines())) <= 80
    assert "216T" in text and "3.54" in text and "with probability" in text
