"""A table looked over before a fit: what is said, and that nothing is fitted."""

import numpy as np
import pandas as pd
import pytest

import bayesfit
from bayesfit import binding, models
from bayesfit.errors import InputError
from bayesfit.inference.expected import spread_ratio

from ..simulate import chinchilla_table


def profiles(bad=False):
    """Three budgets of five sizes, of a bowl; one cell of the first may have diverged."""
    C, step = np.repeat([3e17, 1e18, 3e18], 5), np.tile(np.arange(-2, 3), 3)
    N = 0.05 * C**0.5 * 2.2**step
    loss = 60 * C**-0.07 + 0.01 * step**2 + np.where((C == 3e17) & (step == 0), 0.4 * bad, 0)
    return pd.DataFrame(dict(N=N, C=C, loss=loss))


def test_what_a_table_holds_and_allows():
    answer = bayesfit.check(profiles())
    assert list(answer.columns["column"]) == ["N", "D", "C", "loss"]
    assert answer.budgets["runs"].tolist() == [5, 5, 5]
    np.testing.assert_allclose(
        answer.budgets["N"], 0.05 * answer.budgets["budget"] ** 0.5, rtol=0.01
    )
    assert {"chinchilla_approach2", "kaplan_c", "farseer"} <= set(answer.laws["law"])
    assert "routed" not in set(answer.laws["law"])
    assert answer.sentences == ["D is not in the table: taken as C / (6 N)."]


def test_a_profile_that_bends_down_names_its_run():
    (said,) = [x for x in bayesfit.check(profiles(bad=True)).sentences if "bends down" in x]
    size = 0.05 * 3e17**0.5 / 1e6
    assert f"profile of 3e17 FLOPs bends down, for its run of {size:.3g}M parameters" in said


def test_the_expected_spread_is_that_of_a_fit():
    """Of the design alone; within a factor of the posterior, whose scatter is not the prior's."""
    law = bayesfit.load_law("chinchilla_approach3")
    wide = chinchilla_table(runs=40)
    ratios = spread_ratio(binding.bind(law, wide, "normal"))
    assert set(ratios) == {"L_ref", "reducible", "share_N", "alpha", "beta"}
    assert all(0 < x <= 1 for x in ratios.values()) and ratios["L_ref"] < 0.1
    one_size = wide.subset(np.ones(len(wide), bool)).with_column("N", 1e9)
    blind = spread_ratio(binding.bind(law, one_size, "normal"))
    assert blind["alpha"] > 0.95 and blind["beta"] < 0.9
    said = bayesfit.check(one_size, "chinchilla_approach3").sentences[-1]
    assert said.startswith("By its inputs alone, the table could not identify") and "alpha" in said


def test_a_law_that_cannot_be_fitted_is_refused():
    with pytest.raises(InputError, match="no column experts"):
        bayesfit.check("pile", "routed")


def test_headings_that_were_not_recognised_are_said_with_the_cure(tmp_path):
    (tmp_path / "a.csv").write_text("Groesse;Marken;Fehler\n1e8;2e9;3,5\n2e8;4e9;3,2\n")
    answer = bayesfit.check(tmp_path / "a.csv")
    said = "no heading was read as N, D and loss: say which is (--map N=HEADING"
    assert any(said in x for x in answer.sentences) and said in answer.facts["warnings"][0]
    for heading in ("tokens", "flops"):
        (tmp_path / "b.csv").write_text(f"{heading},loss\n2e18,3.5\n4e18,3.2\n")
        assert not any("no heading" in x for x in bayesfit.check(tmp_path / "b.csv").sentences)


def test_every_law_is_named_on_a_narrow_screen():
    columns = dict(bayesfit.check("pile").tables["laws"].shown)
    assert max(map(len, columns["laws"])) <= 56 and columns["family"][0]
    named = " ".join(columns["laws"]).replace(",", "").split()
    assert sorted(named) == sorted(bayesfit.check("pile").laws["law"])


def test_what_the_table_could_say_of_each_law_is_one_row_a_law(monkeypatch):
    some = ["chinchilla_approach3", "kaplan_d", "kaplan_ns", "routed", "vocabulary"]
    monkeypatch.setattr(models, "names", lambda: some)
    answer = bayesfit.check(chinchilla_table(), laws=True)
    assert list(answer.identified["law"]) == ["chinchilla_approach3", "kaplan_d"]
    assert "laws" not in answer.tables and "columns" in answer.tables
    shown = dict(answer.tables["identified"].shown)
    assert shown["exp. of N"][0].startswith("± ") and shown["exp. of N"][1] == ""
    assert shown["known least"][1].startswith("alpha_D, ")
    (missing,) = [x for x in answer.sentences if x.startswith("Columns are missing for")]
    assert "routed (experts)" in missing and "vocabulary (vocab_parameters" in missing
    (others,) = [x for x in answer.sentences if x.startswith("Nor is the table one for")]
    assert "kaplan_ns (simulated has neither steps" in others
    assert answer.facts["budget"] == 10 * chinchilla_table()["C"].max()


def test_an_exponent_that_the_inputs_leave_to_the_prior_is_called_so(monkeypatch):
    monkeypatch.setattr(models, "names", lambda: ["chinchilla_approach3"])
    table = chinchilla_table().with_column("N", 1e9)
    shown = dict(bayesfit.check(table, laws=True).tables["identified"].shown)
    assert shown["exp. of N"] == ["prior only"] and shown["exp. of D"][0].startswith("± ")


def test_a_table_without_losses_has_no_law_and_says_why():
    answer = bayesfit.check(dict(N=[1e8, 2e8], D=[1e9, 2e9]), laws=True)
    assert "identified" not in answer.tables
    assert any("kaplan_nd (loss)" in x for x in answer.sentences)


def test_words_of_a_column_fit_beside_its_numbers():
    table = chinchilla_table().with_column("run", [f"a-run-of-a-long-name-{i}" for i in range(60)])
    (cells,) = [
        x for heading, x in bayesfit.check(table).tables["columns"].shown if "such" in heading
    ]
    assert max(map(len, cells)) <= 40 and any(x.startswith("a-run") for x in cells)


def sweep():
    """Four sizes at three numbers of tokens each, as a law of N and D would have it."""
    N, D = (x.ravel() for x in np.meshgrid([1e8, 3e8, 1e9, 3e9], [2e9, 1e10, 5e10]))
    loss = 1.8 + 480 / N**0.35 + 2080 / D**0.37
    return pd.DataFrame(dict(run=[f"r{i}" for i in range(len(N))], N=N, D=D, loss=loss))


def test_a_run_that_diverged_is_named_before_any_fit():
    runs = sweep()
    assert not any("diverged" in x for x in bayesfit.check(runs).sentences)
    runs.loc[6, "loss"] = 7.9
    [said] = [x for x in bayesfit.check(runs).sentences if "diverged" in x]
    assert said.startswith("REVIEW") and "row 6: a loss more than 20 % above" in said
    assert "(--where 'run not in [r6]')" in said
    other = runs.assign(corpus=["code" if i == 6 else "web" for i in range(len(runs))])
    assert not any("diverged" in x for x in bayesfit.check(other).sentences)  # another kind of loss
    assert not any("diverged" in x for x in bayesfit.check(runs.assign(epochs=4.0)).sentences)


def test_a_column_of_recipes_is_said():
    runs = sweep().assign(recipe=["a", "b"] * 6, machine="one", note=[f"n{i}" for i in range(12)])
    said = [x for x in bayesfit.check(runs).sentences if "tells runs of" in x]
    assert len(said) == 1 and "'recipe' tells runs of a and b apart" in said[0]


def test_laws_that_need_more_than_columns_are_not_listed():
    laws = set(bayesfit.check(sweep()).laws["law"])
    assert "chinchilla_approach3" in laws
    assert not {"kaplan_transfer", "chinchilla_approach1", "chinchilla_approach2"} & laws
    assert "kaplan_transfer" in set(bayesfit.check(sweep().assign(corpus="web")).laws["law"])
