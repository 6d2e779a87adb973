"""The command `run`, as a user meets it: everything written, or one sentence and nothing."""

import json

import numpy as np
import pandas as pd
import pytest

from bayesfit import models, stages
from bayesfit.constants import BUDGETS
from bayesfit.inference.draws import Draws
from bayesfit.output import console, folder, place

from .conftest import FITTED, bayesfit

LINEAR = '''"""A law of one's own: log L = level - slope * log N.   arXiv:2001.08361."""

from jax.numpy import log
from numpyro.distributions import LogNormal

from bayesfit.law import Law


def priors(ref):
    return dict(L_ref=LogNormal(log(ref.loss), 0.5), slope=LogNormal(log(0.08), 0.5))


def textbook(theta, ref):
    return dict(level=log(theta.L_ref) + theta.slope * log(ref.N), slope=theta.slope)


def log_loss(p, runs):
    return p.level - p.slope * log(runs.N)


law = Law(rows="final", inputs=("N",), priors=priors, textbook=textbook, log_loss=log_loss,
          symbols=dict(level="log loss at one parameter", slope="exponent of N"))
'''


def run(*arguments):
    return bayesfit("run", "--quick", *arguments)


def test_everything_is_written(finished):
    results, _ = finished
    files = {path.name for path in results.iterdir()}
    assert files == {
        "exponents.csv",
        "figures",
        "fit",
        "holdouts.csv",
        "optima.csv",
        "predictions.csv",
        "report.html",
        "run.json",
        "ways.csv",
        place.MARK,
    }
    assert len(list((results / "figures").glob("*.png"))) >= 7
    assert not list(results.parent.glob(".*"))


def test_the_tables_say_what_the_draws_say(finished):
    results, _ = finished
    draws = Draws.load(results / "fit" / "posterior.nc").flat
    exponents = pd.read_csv(results / "exponents.csv").set_index("parameter")
    assert exponents.loc["a", "posterior_median"] == pytest.approx(np.median(draws["a"]), rel=1e-3)
    assert exponents.loc["alpha", "Besiroglu et al. 2024"] == 0.3478
    optima = pd.read_csv(results / "optima.csv")
    assert list(optima["C"]) == sorted([*BUDGETS, 3e25])
    np.testing.assert_allclose(6 * optima["N"] * optima["D"], optima["C"], rtol=0.02)
    assert (optima["N_lo95"] < optima["N_lo80"]).all() and (
        optima["N_hi80"] < optima["N_hi95"]
    ).all()
    predictions = pd.read_csv(results / "predictions.csv")
    assert predictions["held_out"].sum() == 8 and len(predictions) == 29


def test_the_record_is_enough_to_repeat_it(finished):
    results, _ = finished
    record = json.loads((results / "run.json").read_text())
    assert record["settings"]["train"] == "N < 5e9" and record["settings"]["seed"] == 0
    assert record["settings"]["draws"] == 200 and record["nuts"]["chains"] == 8
    assert record["data"]["runs"] == 21 and len(record["data"]["sha256"]) == 64
    assert record["mle"]["gradient_norm"] < 1e-6
    assert record["bootstrap"]["converged"] == record["bootstrap"]["refits"] == 200
    assert record["nuts"]["r_hat_max"] < 1.05 and record["nuts"]["divergences"] < 5
    assert {"jax", "python"} <= set(record["versions"]) and record["seconds"]["posterior"] > 0
    assert record["seconds_compiling"].keys() <= record["seconds"].keys()


def test_the_screen_has_the_answer_and_the_doubt(finished):
    _, output = finished
    for words in ("posterior", "bootstrap", "Besiroglu", "1e26", "Held out: 8 runs"):
        assert words in output
    assert "E is weakly identified" in output and "Pythia-dedup-1.4B left out" in output


def test_the_budget_asked_for_is_a_row_and_the_first_sentence(finished):
    _, output = finished
    lines = output.splitlines()
    assert any(line.startswith("3e25 ") for line in lines)
    sentences = [line for line in lines if line.startswith(("For ", "Held out", "REVIEW", "PASS"))]
    assert sentences[0].startswith("For 3e25 FLOPs: N* ")


def test_numbers_come_before_the_first_figure(tmp_path, monkeypatch):
    """A law of one's own, which has no optimum; everything as JSON, alone on stdout."""
    order = []
    show = console.show
    monkeypatch.setattr(console, "show", lambda *a: order.append("numbers") or show(*a))
    monkeypatch.setattr(folder, "given", lambda *a: order.append("figures") or {})
    (tmp_path / "my_law.py").write_text(LINEAR)
    done = run("--json", "--model", tmp_path / "my_law.py", "--data", "pile",
               "--likelihood", "student_t", "--prior", "slope=LogNormal(-2.5, 0.4)",
               "--out", tmp_path / "out")  # fmt: skip
    assert done.exit_code == 0, done.output
    assert order == ["numbers", "figures"]
    answer = json.loads(done.stdout)
    by_name = {row["parameter"]: row for row in answer["tables"]["exponents"]}
    assert 0.03 < by_name["slope"]["posterior_median"] < 0.12
    assert "optima" not in answer["tables"]
    exponents = pd.read_csv(tmp_path / "out" / "exponents.csv").set_index("parameter")
    assert 0.03 < exponents.loc["slope", "posterior_median"] < 0.12
    assert not (tmp_path / "out" / "optima.csv").exists()
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert record["priors"]["slope"].startswith("LogNormal(loc=-2.5")


def test_numbers_are_printed_before_the_smaller_runs_are_fitted(finished, tmp_path, monkeypatch):
    """Stopped there, the exponents and optima have been read; and nothing is printed twice."""
    command = ("run", *FITTED, "--flops", "3e25", "--out", tmp_path / "out", "--no-figures")
    monkeypatch.setattr(stages, "refits", stop)
    done = bayesfit(*command)
    assert done.exit_code == 1 and not (tmp_path / "out").exists()
    whole = finished[1].splitlines()
    early = [line for line in done.stdout.splitlines() if line in whole]
    assert any(line.startswith("alpha ") for line in early)
    assert any(line.startswith("For 3e25 FLOPs: N* ") for line in early)
    assert not any(line.startswith(("Held out", "PASS", "REVIEW")) for line in early)
    assert sum(line.startswith("For 3e25 FLOPs: N* ") for line in whole) == 1


def test_a_run_that_was_stopped_goes_on(finished, tmp_path, monkeypatch):
    """Stopped in the posterior: what was finished is not done again, and the numbers are equal."""
    command = ("run", *FITTED, "--flops", "3e25", "--out", tmp_path / "out", "--no-figures")
    with monkeypatch.context() as patch:
        patch.setattr(stages, "posterior", stop)
        done = bayesfit(*command)
    assert done.exit_code == 1
    assert not (tmp_path / "out").exists() and len(list(tmp_path.glob(".*"))) == 1
    with monkeypatch.context() as patch:
        patch.setattr(stages, "estimate", stop)
        patch.setattr(stages, "bootstrap", stop)
        done = bayesfit(*command, "--resume")
    assert done.exit_code == 0, done.output
    for name in ("exponents.csv", "optima.csv", "predictions.csv", "holdouts.csv"):
        assert (tmp_path / "out" / name).read_text() == (finished[0] / name).read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert not (tmp_path / "out" / "figures").exists()


def stop(*_):
    raise KeyboardInterrupt


def csv(tmp_path, text):
    (tmp_path / "runs.csv").write_text(text)
    return tmp_path / "runs.csv"


ROWS = "N,D,loss\n" + "".join(f"{n}e8,{20 * n}e9,{3 - 0.1 * n}\n" for n in range(1, 8))

BAD = {
    "no column": ("N,D\n1e8,1e9\n", "loss"),
    "zero": (ROWS + 8 * "0,1e9,2\n", "N"),  # few such rows would be left out
    "negative": (ROWS + 8 * "1e8,-1e9,2\n", "D"),
    "nan": (ROWS + 8 * "nan,1e9,2\n", "N"),
    "infinite": (ROWS + 8 * "1e8,inf,2\n", "D"),
    "text": (ROWS + 8 * "1e8,much,2\n", "much"),
    "few": ("N,D,loss\n1e8,1e9,3\n1e9,1e10,2.5\n", "5 parameters"),
    "empty": ("", "empty"),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_tables_end_in_one_sentence(kind, tmp_path):
    text, word = BAD[kind]
    done = run(
        "--model", "chinchilla_approach3", "--data", csv(tmp_path, text), "--out", tmp_path / "out"
    )
    assert done.exit_code == 2 and word in done.output
    assert done.output.strip().splitlines()[-1].startswith("error: ")
    assert "Traceback" not in done.output and not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--model", "chinchila_approach3"], "chinchilla_approach3"),
        (["--model", "chinchilla_approach3", "--data", "nowhere.csv"], "nowhere.csv"),
        (["--model", "chinchilla_approach3", "--data", "pil"], "pile"),
        (["--model", "chinchilla_approach3", "--likelihood", "student"], "student_t"),
        (["--model", "chinchilla_approach3", "--out", "/dev/null/x"], "cannot be written"),
        (["--model", "chinchilla_approach3", "--out", "/proc/x"], "cannot be written"),
        (["--model", "chinchilla_approach3", "--train", "N << 3"], "condition"),
        (["--model", "chinchilla_approach3", "--train", "N < 1"], "no run"),
        (["--model", "chinchilla_approach3", "--prior", "alpha"], "alpha=LogNormal"),
        (["--model", "chinchilla_approach3", "--flops", "1e308"], "no more than 1e+50"),
        (["--data", "pile"], "--model"),
        (["--model", "chinchilla_approach3", "--distributed", "--resume"], "--resume"),
    ],
)
def test_bad_requests_end_in_one_sentence(arguments, word):
    done = run(*arguments)
    assert done.exit_code == 2 and word in done.output and "error: " in done.output


def test_a_folder_of_something_else_is_not_replaced(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    done = run("--model", "chinchilla_approach3", "--out", tmp_path)
    assert done.exit_code == 2 and "not a bayesfit result" in done.output
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_results_of_a_table_of_the_same_name_are_left_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    earlier = tmp_path / "results" / "chinchilla_approach3" / "pile"
    with place.replaced(earlier, data="another") as new:
        (new / "run.json").write_text("{}")
    done = run("--model", "chinchilla_approach3", "--data", "pile")
    assert done.exit_code == 2 and "holds results of other data" in done.output
    assert (earlier / "run.json").read_text() == "{}"


def test_a_table_with_headings_of_ones_own(tmp_path):
    rows = ["size;eval/c4;state", *(f"{N}M;{8 - N / 100};{'ok'}" for N in range(50, 500, 50))]
    table = tmp_path / "mine.csv"
    table.write_text("\n".join([*rows, "600M;9.9;diverged"]) + "\n")
    asked = ["--model", "kaplan_n", "--data", table, "--likelihood", "normal"]
    for more, said in (
        (["--map", "loss=eval/c4", "--where", "loss > 9"], "1 run"),
        (["--where", ""], "what follows --where is empty"),
        (["--where", "state == x"], "no run of mine has state == x"),
        (["--map", "loss=x"], "no column 'x' to be read as loss"),
        (["--map", "loss"], "write it as loss=eval/c4_loss"),
        (["--map", "loss=size", "--map", "loss=state"], "says twice what loss is"),
    ):
        done = run(*asked, *more)
        assert done.exit_code == 2 and said in done.output, done.output


@pytest.mark.slow
@pytest.mark.parametrize("law", models.names())
def test_every_law_runs_from_its_default_data(law, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    small = ("--chains", "2", "--draws", "100", "--bootstrap", "50", "--starts", "16")
    done = bayesfit("run", "--model", law, *small)
    if "cannot download" in done.output:
        pytest.skip(done.output.splitlines()[-1])
    assert done.exit_code == 0, done.output
    (folder,) = (tmp_path / "results" / law).iterdir()
    assert {"report.html", "exponents.csv", "predictions.csv"} <= {x.name for x in folder.iterdir()}
    assert (folder / "figures" / "fit_and_residuals.png").exists()
