"""Commands that ask a question: of a folder of results, or of a law and a table, alike."""

import json

import pandas as pd
import pytest

import bayesfit as bf
from bayesfit import discovery
from bayesfit.output import place

from .conftest import FITTED, LAW, bayesfit


def answer(*arguments):
    """The JSON that a command prints on stdout."""
    done = bayesfit(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def refused(*arguments):
    """The sentence with which a command ends."""
    done = bayesfit(*arguments)
    assert done.exit_code == 2 and done.stderr.startswith("error: "), done.output
    return done.stderr


def test_a_folder_and_a_fit_on_the_spot_give_equal_numbers(finished):
    """To the last digit: the same question of `run`, of its folder, of Python, and of a new fit."""
    folder, _ = finished
    asked = answer("optimum", folder, "--flops", "3e25")
    assert asked["tables"] == answer("optimum", *FITTED, "--flops", "3e25")["tables"]
    (row,) = asked["tables"]["optima"]
    written = pd.read_csv(folder / "optima.csv").set_index("C").loc[3e25]
    python = bf.open(folder).optimum(3e25).iloc[0]
    for name in ("N", "N_lo80", "D_hi95", "loss", "loss_at_N", "loss_at_N_lo95"):
        assert row[name] == python[name]
        # Asked of other budgets at once, a search ends a little elsewhere in a flat valley.
        assert written[name] == pytest.approx(row[name], rel=1e-6)


def test_a_plan_is_asked_of_a_folder(finished):
    folder, _ = finished
    free, bound = (
        answer("optimum", folder, "--flops", "1e25", *more)["tables"]["optima"][0]
        for more in ((), ("--largest-D", "1e12"))
    )
    assert bound["D"] == pytest.approx(1e12, rel=1e-6) and free["D"] > 2e12
    built = answer("optimum", folder, "--flops", "1e25", "--sizes", "1e9,70e9")
    assert built["tables"]["optima"][0]["N"] == 70e9
    assert any("sizes 1B 70B" in sentence for sentence in built["sentences"])


def test_predictions_are_of_any_runs(finished, tmp_path):
    folder, _ = finished
    runs = ("--at", "N=33e9,D=1.4e12", "--at", "N=7e9,D=2e12")
    first, second = answer("predict", folder, *runs)["tables"]["predictions"]
    assert first["N"] == 33e9 and first["loss_lo95"] < first["loss"] < second["loss"]
    (tmp_path / "to_come.csv").write_text("N,D\n33e9,1.4e12\n7e9,2e12\n")  # no loss yet
    again = answer("predict", folder, "--runs", tmp_path / "to_come.csv")["tables"]["predictions"]
    assert [row["loss"] for row in again] == [first["loss"], second["loss"]]
    seen = answer("predict", folder, "--runs", "pile")
    assert len(seen["tables"]["predictions"]) == 29 and "actual" in seen["tables"]["predictions"][0]
    assert seen["sentences"][0].startswith("Observed: 29 runs, predicted with a mean")
    assert "write it as N=33e9" in refused("predict", folder, "--at", "33e9")
    assert "N=33e9,D=1.4e12" in refused("predict", folder)


SIGNS = dict(text="D*/N*", markdown="| FLOPs |", json='"loss_at_N":', csv="C,N_lo95")


@pytest.mark.parametrize("form", SIGNS)
def test_every_format(finished, form):
    folder, _ = finished
    done = bayesfit("optimum", folder, "--format", form)
    assert done.exit_code == 0, done.output
    assert SIGNS[form] in done.stdout


def test_other_questions_of_a_folder(finished):
    folder, _ = finished
    found = bayesfit("influence", folder, "--top", "2")
    assert "2 runs move the MLE's N*(1e25) from" in found.stdout
    scored = answer("backtest", folder)
    by_method = {row["method"]: row for row in scored["tables"]["summary"]}
    assert {"posterior", "Huber + pairs bootstrap"} <= set(by_method)
    assert 0 <= by_method["posterior"]["coverage80"] <= 1
    whole = answer("ask", "overview", folder, "--with", "flops=2e24")
    assert 2e24 in [row["C"] for row in whole["tables"]["optima"]]
    assert whole["findings"] and whole["asked"] == [2e24]


def test_a_backtest_is_the_same_by_every_way(finished):
    """By a folder, by a law and a table without a fit, and by Python."""
    folder, _ = finished
    ours = answer("backtest", folder)["tables"]
    assert ours == answer("backtest", *FITTED)["tables"]
    python = bf.open(folder).ask("backtest").plain()["tables"]
    assert ours == json.loads(json.dumps(python))


def test_an_answer_is_written_where_asked(finished, tmp_path):
    folder, _ = finished
    done = bayesfit("backtest", folder, "--out", tmp_path / "backtest")
    assert done.exit_code == 0, done.output
    files = {path.name for path in (tmp_path / "backtest").rglob("*.*")}
    figures = {"calibration.png", "calibration.svg"}
    assert files == {"summary.csv", "holdouts.csv", "answer.json", *figures, place.MARK}
    assert "Tables and figures: " in done.stdout


def test_folders_are_compared(finished, tmp_path):
    folder, _ = finished
    found = answer("compare", folder, folder, "--flops", "3.8e25")
    names = [LAW, f"{LAW} on pile"]
    assert list(found["fits"]) == names
    assert [row["C"] for row in found["tables"]["optima"]].count(3.8e25) == 2
    assert "At 3.8e25 FLOPs the laws' N* are a factor of 1.0 apart" in found["sentences"][0]
    shown = bayesfit("compare", folder, folder, "--flops", "3.8e25").stdout
    assert f"3.8e25 {LAW}" in shown and f"1e26 {LAW}" in shown
    assert "two fits" in refused("compare", folder)


def test_either_a_folder_or_a_law(finished, tmp_path):
    folder, _ = finished
    assert "fitted already, and --model" in refused("optimum", folder, "--model", LAW)
    assert "fitted already, and --seed" in refused("optimum", folder, "--seed", "3")
    assert "--data" in refused("tokens", folder, "--data", "pile")
    assert "name a folder" in refused("optimum") and "--models" in refused("compare")
    assert "holds no fit" in refused("optimum", tmp_path)


QUESTION = '''"""How many runs there are for each parameter."""
import pandas as pd
from bayesfit.answers import Answer, Table
from bayesfit.questions import Question


def ask(fit, *, times=1.0):
    """How many runs there are for each parameter."""
    ratio = times * len(fit.runs) / fit.problem.law_dimension
    return Answer("enough?", dict(ratio=Table(pd.DataFrame(dict(ratio=[ratio])))), ["So it is."])


question = Question(ask=ask, stages=("estimate",))
'''


def test_a_question_of_ones_own_is_a_file(finished, tmp_path, monkeypatch):
    folder, _ = finished
    (tmp_path / "questions").mkdir()
    (tmp_path / "questions" / "enough.py").write_text(QUESTION)
    monkeypatch.setenv(discovery.PLUGINS, str(tmp_path))
    python = bf.open(folder).ask("enough", times=2)
    assert python.ratio["ratio"].iloc[0] == 2 * 21 / 5
    found = answer("ask", "enough", folder, "--with", "times=2")
    assert found["tables"]["ratio"] == [dict(ratio=2 * 21 / 5)]
    assert "enough" in bayesfit("ask", "--help").output
    assert "its options are times" in refused("ask", "enough", folder, "--with", "tmes=2")
    assert "name=value" in refused("ask", "enough", folder, "--with", "times")
    assert "no question called 'enouhg'" in refused("ask", "enouhg", folder)


def test_a_table_is_checked_without_a_fit(tmp_path):
    table = tmp_path / "mine.csv"
    table.write_text("n_params;n_tokens;val_loss\n100M;2B;3,51\n200M;4B;3,24\n400M;8B;\n")
    found = answer("check", table, "--where", "N > 1e8")
    assert found["rows"] == 1 and len(found["sha256"]) == 64
    done = bayesfit("check", table)
    for words in ("column 'n_params' read as N", "1 run left out", "chinchilla_approach3", "200M"):
        assert words in done.stdout, words
    assert bayesfit("check", tmp_path / "gone.csv").exit_code == 2


def test_what_a_table_could_say_of_each_law_comes_after_the_table_itself(tmp_path, monkeypatch):
    monkeypatch.setattr("bayesfit.models.names", lambda: ["kaplan_d", "routed"])
    table, folder = tmp_path / "mine.csv", tmp_path / "checked"
    table.write_text("N,D,loss\n1e8,2e9,3.5\n1e8,4e9,3.3\n2e8,4e9,3.2\n4e8,8e9,3.1\n")
    shown = bayesfit("check", table, "--out", folder).stdout
    assert shown.index("Columns") < shown.index("Before any fit") < shown.index("kaplan_d")
    assert "Laws that it has columns for" not in shown and (folder / "identified.csv").is_file()
    whole = answer("check", table)
    assert [row["law"] for row in whole["tables"]["identified"]] == ["kaplan_d"]
    assert whole["rows"] == 4 and "laws" not in whole["tables"]
    listed = bayesfit("check", table, "--no-laws").stdout
    assert "Before any fit" not in listed and "Laws that it has columns for" in listed
    assert "Before any fit" not in bayesfit("check", table, "--model", "kaplan_d").stdout
