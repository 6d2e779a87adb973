"""What a budget should build: the question, its page and its command."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from bayesfit import findings
from bayesfit.commands import main
from bayesfit.commands.budget import FORMS
from bayesfit.errors import InputError
from bayesfit.formatting import count, like
from bayesfit.output import console, forms, proposal
from bayesfit.questions import _choices, _reach

C = 1e23


@pytest.fixture(scope="module")
def answer(small_fit):
    return small_fit.ask("budget", flops=C, target=1.55, against="N=70e9,D=1.4e12", gpus=512)


def test_the_first_plan_is_the_best_one_and_spends_the_budget(answer):
    plans = answer.choices
    spending = plans[plans["C"].between(0.999 * C, 1.001 * C)]
    assert len(spending) == len(plans) - 1 and spending["excess"].idxmin() == 0
    assert plans["worse"].isna().tolist() == [True] + [False] * (len(plans) - 1)
    other = plans.iloc[-1]
    assert (other["N"], other["D"], other["C"]) == (70e9, 1.4e12, 6 * 70e9 * 1.4e12)


def test_the_region_is_that_of_the_best_sizes_and_of_the_tokens_they_leave(small_fit, answer):
    region = answer.region.set_index("probability")
    assert list(region.index) == [0.5, 0.8, 0.95]
    optima = small_fit.optimum(C).iloc[0]
    for level in (80, 95):
        ends = region.loc[level / 100, ["N_low", "N_high"]].tolist()
        assert ends == pytest.approx([optima[f"N_lo{level}"], optima[f"N_hi{level}"]])
    for name in ("N_low", "N_high"):
        assert (6 * region[name] * region[f"D_at_{name}"]).tolist() == pytest.approx([C] * 3)
    assert (np.diff(region["N_low"]) < 0).all() and (np.diff(region["N_high"]) > 0).all()


def test_the_region_is_drawn_on_the_line_that_the_budget_pays_for(answer):
    figure = answer.figures["joint_region"]()
    [ax] = figure.axes
    lines = [np.array(x.get_data()) for x in ax.get_lines() if len(x.get_xdata()) > 1]
    assert len(lines) == 4 and all(x[0] * x[1] * 6 == pytest.approx(C) for x in lines)
    ends = {(float(x[0].min()), float(x[0].max())) for x in lines}
    for _, row in answer.region.iterrows():
        assert any(end == pytest.approx((row["N_low"], row["N_high"])) for end in ends)
    best = answer.choices.iloc[0]
    assert any(list(x.get_xdata()) == [best["N"]] for x in ax.get_lines())


def test_a_budget_far_beyond_the_runs_is_warned_of_before_any_number(small_fit, tmp_path):
    largest = float(small_fit.runs["C"].max())
    near, far = (small_fit.ask("budget", flops=x * largest) for x in (3, 3e3))
    assert not any("decades beyond" in x for x in near.warnings)
    assert "times the largest run" in near.facts["paragraphs"]["trust"][0]
    assert "3.5 decades beyond the largest run fitted (3,000 times as much)" in far.warnings[0]
    proposal.write(small_fit, far, tmp_path, form="nairr")
    page = (tmp_path / "budget.html").read_text()
    assert page.index(f"<b>{far.warnings[0]}</b>") < page.index(f"<b>{far.sentences[0]}</b>")
    for text in ("budget.md", "nairr.md"):
        said = (tmp_path / text).read_text()
        assert said.index(f"**{far.warnings[0][:30]}") < said.index("Build ")
    assert "decades beyond" in small_fit.ask("optimum", flops=3e3 * largest).warnings[0]
    assert "decades beyond" in small_fit.ask("overview", flops=3e3 * largest).warnings[0]


def test_a_budget_below_all_runs_is_warned_of_too(small_fit):
    smallest = float(small_fit.runs["C"].min())
    far, near = (small_fit.ask("budget", flops=x * smallest) for x in (1e-2, 0.5))
    assert "2.0 decades below the smallest run fitted" in far.warnings[0]
    assert "FLOPs are 0.5 times the smallest run." in near.facts["paragraphs"]["trust"][0]


def test_what_the_priors_decide_stands_first(small_fit):
    found = findings.review(small_fit.about_budget(C))
    open_ends = [x.finding for x in found if x.verdict == "REVIEW" and "prior" in x.finding]
    assert open_ends and set(open_ends) <= set(small_fit.ask("budget", flops=C).warnings)


def test_a_loss_of_a_budget_is_one_on_the_whole_page(small_fit, answer, tmp_path):
    proposal.write(small_fit, answer, tmp_path)
    row = small_fit.optimum(C).iloc[0]
    built = answer.budgets.set_index("share").loc[1.0]
    assert built["loss"] == pytest.approx(row["loss_at_N"], rel=1e-9)
    drawn = small_fit.plot.loss_at_scale(flops=C).get_suptitle()
    say = like(row["loss_at_N_lo80"], row["loss_at_N_hi80"])
    assert f"a loss of {say(row['loss_at_N'])}" in drawn
    assert "lowest loss" not in (tmp_path / "budget.html").read_text().partition("<script")[0]


def test_a_difference_too_small_to_show_is_not_called_zero(answer):
    best = answer.choices.iloc[0]
    twin = best.copy()
    twin["plan"], twin["excess"], twin["worse"] = "its twin", best["excess"] + 4e-4, 0.5
    said = _choices._against(twin, best)
    assert "nothing to choose" in said and "0.000" not in said
    twin["excess"] = best["excess"] - 0.002
    assert "0.002 nats less on average" in _choices._against(twin, best)
    assert _reach._signed(-2e-4) == "less than 0.001" and _reach._signed(-0.0021) == "-0.002"
    assert not any("0.000" in x for x in answer.sentences)


def test_the_bootstrap_stands_beside_the_posterior(small_fit, answer):
    rows = answer.ways.set_index("by")
    for way in ("posterior", "MLE", *["bootstrap"] * (small_fit.bootstrap is not None)):
        assert rows.loc[way, "N"] == small_fit.optimum(C, by=way)["N"][0]
    if small_fit.bootstrap is not None:
        said = next(x for x in answer.sentences if x.startswith("The bootstrap"))
        assert (
            count(rows.loc["bootstrap", "N"]) in said and count(rows.loc["posterior", "N"]) in said
        )


def test_headings_are_explained_wherever_a_table_is_shown(small_fit, answer, tmp_path):
    proposal.write(small_fit, answer, tmp_path)
    texts = [(tmp_path / f"budget.{x}").read_text() for x in ("html", "md")]
    for word in ("Expected excess:", "Gain:", "P(target):", "P(loses more):"):
        assert all(word in text for text in texts), word


def test_losses_are_those_of_predict(small_fit, answer):
    best = answer.choices.iloc[0]
    frame = small_fit.predict(dict(N=best["N"], D=best["D"]))
    assert best["loss"] == pytest.approx(frame["loss"][0], rel=1e-9)
    assert best["loss_hi80"] == pytest.approx(frame["loss_hi80"][0], rel=1e-9)


def test_more_compute_gains_and_a_target_is_reached_sooner_or_later(answer):
    budgets = answer.budgets
    assert (
        budgets["gain"].is_monotonic_increasing and budgets["probability"].is_monotonic_increasing
    )
    assert budgets.loc[budgets["share"] == 1.0, "gain_hi95"].item() == 0.0
    assert answer.target["C"].is_monotonic_increasing
    assert answer.sentences[0].startswith("Build ")
    assert any(x.startswith("A loss of 1.55 is reached by ") for x in answer.sentences)


def test_less_that_buys_nothing_is_left_out(small_fit):
    """A cost that every run has: a hundredth of the budget does not pay for it."""
    budgets = small_fit.ask("budget", flops=C, target=1.7, cost=f"6*N*D + {0.02 * C:g}").budgets
    assert budgets["share"].tolist() == [0.1, 0.3, 1.0, 3.0, 10.0]
    assert (budgets["N"] > 0).all() and budgets["gain"].is_monotonic_increasing


@pytest.mark.parametrize("flops", ["1e23,1e24", [], (1e23, 1e24)])
def test_a_proposal_is_for_one_budget(small_fit, flops):
    with pytest.raises(InputError, match="is for one budget: give one number of flops"):
        small_fit.ask("budget", flops=flops)


def test_a_target_below_everything_is_said(small_fit):
    said = small_fit.ask("budget", flops=C, target=0.01).sentences
    none = "No budget within 4 decades reaches 0.01 in half of the draws: in 100 % of them it lies"
    assert any(x.startswith(none) for x in said)


def test_hours_money_and_flops_are_one_budget(small_fit):
    from bayesfit.machines import Cluster

    hours = 2e6
    by_hours = small_fit.ask("budget", gpu_hours=hours, mfu=0.4, price=2.0)
    assert by_hours.facts["flops"] == pytest.approx(Cluster(mfu=0.4).flops(hours))
    by_money = small_fit.ask("budget", dollars=4e6, mfu=0.4, price=2.0)
    by_nodes = small_fit.ask("budget", node_hours=hours / 8, mfu=0.4)
    assert by_money.facts["flops"] == pytest.approx(by_hours.facts["flops"])
    assert by_nodes.facts["flops"] == pytest.approx(by_hours.facts["flops"])
    spent = by_hours.spending.set_index("quantity")["amount"]
    assert spent["hours"] == pytest.approx(hours) and spent["dollars"] == pytest.approx(4e6)


@pytest.mark.parametrize(
    ("asked", "match"),
    [
        (dict(), "give one budget: "),
        (dict(flops=1e23, dollars=5.0), "give one budget"),
        (dict(flops=-1e23), "flops is a number above zero"),
        (dict(flops=1e23, target=-1.0), "target is a loss above zero"),
        (dict(flops=1e23, against="N=70e9"), "cannot read the plan 'N=70e9'"),
        (dict(flops=1e23, against="N=7e9,D=1e9,D=2e9"), "cannot read the plan"),
        (dict(flops=1e23, against=5), "cannot read the plan"),
        (dict(flops=1e23, price=float("inf")), "dollars is inf"),
        (dict(flops=1e23, largest_N=1e-30), "have to leave at least one parameter"),
        (dict(flops=1e23, against=dict(N=1e9, D=0.0)), "cannot read the plan"),
        (dict(flops=1e23, gpu="z80"), "there is no 'z80'"),
        (dict(flops=1e23, within="a"), "has no groups: leave out within"),
    ],
)
def test_what_cannot_be_used_is_said(small_fit, asked, match):
    with pytest.raises(InputError, match=match):
        small_fit.ask("budget", **asked)


def test_a_fit_with_groups_is_asked_for_one(corpora_fit):
    with pytest.raises(InputError, match="trains one corpus: name it with within, one of a, b, c"):
        corpora_fit.ask("budget", flops=C)
    plans = {x: corpora_fit.ask("budget", flops=C, within=x).choices for x in ("a", "b")}
    assert plans["a"]["loss"][0] < plans["b"]["loss"][0]


def test_laws_answer_for_themselves_and_how_far_they_lie_apart_is_a_band(small_fit, another_fit):
    answer = small_fit.ask("budget", flops=C, beside=[another_fit])
    alone = small_fit.ask("budget", flops=C)
    pd.testing.assert_frame_equal(answer.choices, alone.choices)  # nothing is averaged
    assert "laws" not in alone.tables and not alone.facts["paragraphs"]["laws"]
    laws, N = answer.laws.set_index("law"), alone.choices["N"][0]
    for fit in (small_fit, another_fit):
        row, own = laws.loc[fit.law.name], fit.optimum(C).iloc[0]
        assert row["N_hi80"] == pytest.approx(own["N_hi80"]) and row["N"] == pytest.approx(own["N"])
        [loss] = fit.predict(dict(N=N, D=C / 6 / N))["loss"]
        assert row["loss"] == pytest.approx(loss)
    apart = answer.between_laws.set_index("quantity").loc["N"]
    assert (apart["lowest"], apart["highest"]) == (laws["N"].min(), laws["N"].max())
    own = np.log(laws["N_hi80"].iloc[0] / laws["N_lo80"].iloc[0])
    assert apart["wider"] == pytest.approx(np.log(laws["N"].max() / laws["N"].min()) / own)
    assert "between the laws" in answer.tables["laws"].shown[0][1]
    figure = answer.figures["between_laws"]()
    [shaded] = figure.axes[0].patches
    assert shaded.get_x() == pytest.approx(laws["N"].min())


def test_a_law_that_cannot_be_asked_beside_is_named(small_fit, tmp_path):
    with pytest.raises(InputError, match="give fits, or folders of fits"):
        small_fit.ask("budget", flops=C, beside=[5])
    with pytest.raises(InputError, match="are one fit: name each folder once"):
        small_fit.ask("budget", flops=C, beside=[small_fit])
    with pytest.raises(InputError, match="holds no fit"):
        small_fit.ask("budget", flops=C, beside=[str(tmp_path)])


def test_the_command_takes_several_folders(small_fit, another_fit, tmp_path):
    folders = [str(tmp_path / name) for name in "ab"]
    for fit, folder in zip((small_fit, another_fit), folders, strict=True):
        fit.save(folder)
    out = tmp_path / "out"
    asked = ["budget", *folders, "--flops", "1e23", "--out", str(out)]
    done = CliRunner().invoke(main, asked)
    assert done.exit_code == 0, done.output
    assert "2 laws put N* at" in " ".join(done.output.split())
    page = (out / "budget.html").read_text()
    assert "<h2>Do other laws agree?</h2>" in page and "between the laws" in page
    assert (out / "figures" / "between_laws.svg").exists() and (out / "laws.csv").exists()


def test_a_rule_of_flops_is_counted_by_in_the_page_too(small_fit, tmp_path):
    answer = small_fit.ask("budget", flops=C, cost="6*N*D + 2e9*D")
    proposal.write(small_fit, answer, tmp_path)
    page = (tmp_path / "budget.html").read_text()
    assert "FLOPs are counted as 6*N*D + 2e9*D." in page and "Cost: 6*N*D + 2e9*D FLOPs." in page


def test_the_page_says_what_the_answer_says(small_fit, answer, tmp_path):
    proposal.write(small_fit, answer, tmp_path, dict(command="bayesfit budget"))
    page = (tmp_path / "budget.html").read_text()
    titles = ["The answer", "Would less do?", "Time, energy and money", "What a reviewer would ask"]
    assert sorted(titles, key=page.index) == titles and page.count("<h2>The answer</h2>") == 1
    assert answer.sentences[0] in page and "What each size loses" in page
    written = json.loads((tmp_path / "budget.json").read_text())
    assert (
        written["flops"] == C and written["tables"]["choices"][0]["plan"] == "least expected loss"
    )
    assert answer.sentences[0].split(":")[0] in (tmp_path / "budget.md").read_text()
    regret = pd.read_csv(tmp_path / "regret.csv")
    assert np.isfinite(regret).all().all() and (regret["regret_lo95"] >= 0).all()
    assert json.loads((tmp_path / proposal.SCHEMA).read_text())["$id"] == "urn:bayesfit:budget:1"


@pytest.mark.parametrize("name", forms.names())
def test_a_form_has_every_number_and_leaves_nothing_open_unsaid(small_fit, answer, name):
    text = forms.filled(name, small_fit, answer)
    for part in answer.facts["paragraphs"].values():
        assert all(console.as_markdown(sentence) in text for sentence in part)
    assert "| 1,024 |" in text and "| 512 |" in text  # the two scales
    assert "To be written" in text and "{{" not in text and "None" not in text


def test_a_label_is_no_markup_in_a_form(small_fit, answer):
    nasty = replace(answer, warnings=["E of <script>, $x$ and *N*"])
    assert "**E of \\<script\\>, $x$ and \\*N\\***" in forms.filled("nairr", small_fit, nasty)


def test_forms_are_those_of_the_command(small_fit, answer):
    assert list(FORMS) == forms.names()
    with pytest.raises(InputError, match="there is no form 'nsf'; there are eurohpc"):
        forms.filled("nsf", small_fit, answer)


def test_the_command_prints_and_writes(small_fit, tmp_path):
    small_fit.save(tmp_path / "fit")
    out = tmp_path / "proposal"
    asked = [
        "budget",
        str(tmp_path / "fit"),
        "--gpu-hours",
        "1e5",
        "--mfu",
        ".3-.4",
        "--out",
        str(out),
    ]
    done = CliRunner().invoke(main, asked)
    assert done.exit_code == 0, done.output
    assert "What to build, and what else could be" in done.output
    assert {"budget.html", "budget.md", "budget.json", "choices.csv"} <= {
        x.name for x in out.iterdir()
    }


@pytest.mark.parametrize(
    ("limits", "most"),
    [
        (dict(memory=1e10), 1e10),
        (dict(largest_N=1e10), 1e10),
        (dict(sizes=[1e9, 7e9, 70e9], largest_N=1e10), 7e9),
        (dict(sizes="1e9,7e9,70e9", memory=1e10), 7e9),
    ],
)
def test_nothing_is_built_that_the_limits_rule_out(small_fit, limits, most):
    plans = small_fit.ask("budget", flops=C, **limits).choices
    assert plans["N"][0] == pytest.approx(most) and (plans["N"] <= 1.0001 * most).all()
    assert (plans["D"] > 0).all() and (plans["excess"] >= plans["excess"][0] - 1e-9).all()


def test_tokens_that_there_are_not_are_not_paid_for(small_fit):
    answer = small_fit.ask("budget", flops=C, largest_D=1e11, largest_N=1e10, mfu=0.4)
    best = answer.choices.iloc[0]
    assert (best["N"], best["D"]) == (1e10, 1e11) and best["C"] == pytest.approx(6e21)
    hours = answer.spending.set_index("quantity")["amount"]["hours"]
    assert hours == pytest.approx(6e21 / (989.4e12 * 0.4 * 3600))
    freely = small_fit.ask("budget", flops=C, largest_D=1e11).choices
    assert freely["excess"].idxmin() == 0  # the loss bends where tokens run out
    served = small_fit.ask("budget", flops=C, inference_tokens=1e13).choices
    assert (served["D"] > 0).all() and np.isfinite(served["loss"]).all()
    assert served["C"].to_numpy() == pytest.approx(C, rel=1e-3)
    assert (served["training"] < served["C"]).all()


def test_a_change_keeps_its_sign(small_fit):
    answer = small_fit.ask("budget", flops=C, largest_N=1e8)
    row = answer.budgets.set_index("share").loc[10.0]
    said = next(x for x in answer.sentences if x.startswith("Ten times the budget"))
    low, high = (f"{-row[name]:+.3f}" for name in ("gain_hi80", "gain_lo80"))
    assert f"(80 %: {low} to {high})" in said


def test_a_target_that_everything_reaches_is_less_than_the_least_budget_tried(small_fit):
    answer = small_fit.ask("budget", flops=C, target=50.0)
    assert answer.target["less"].all()
    assert any("less than 1e19 FLOPs" in x for x in answer.sentences)


def test_checks_of_a_page_speak_of_its_budget(small_fit, tmp_path):
    answer = small_fit.ask("budget", flops=3e23)
    proposal.write(small_fit, answer, tmp_path, form="nairr")
    for page in ("budget.html", "nairr.md"):
        text = (tmp_path / page).read_text(encoding="utf-8")
        assert "at 3e23 FLOPs" in text and "at 1e25 FLOPs" not in text
    known, again = small_fit.loo, small_fit.about_budget(3e23)
    assert again.about == 3e23 and again.loo is known  # nothing is worked out twice
