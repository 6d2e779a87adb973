"""The command `run`, as a user meets it: everything written, or one sentence and nothing."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from bayesfit.commands.cli import main
from bayesfit.errors import InputError
from bayesfit.inference.draws import Draws
from bayesfit.output.results import replaced

LINEAR = '''"""A law of one's own: log L = level - slope * log N.   arXiv:2001.08361."""

from jax.numpy import log
from numpyro.distributions import LogNormal, Normal

from bayesfit.law import Law


def priors(ref):
    return dict(level=Normal(log(ref.loss), 0.5), slope=LogNormal(log(0.08), 0.5))


def textbook(theta, ref):
    return dict(level=theta.level + theta.slope * log(ref.N), slope=theta.slope)


def log_loss(p, runs):
    return p.level - p.slope * log(runs.N)


law = Law(inputs=("N",), priors=priors, textbook=textbook, log_loss=log_loss,
          symbols=dict(level="log loss at one parameter", slope="exponent of N"))
'''


def bayesfit(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments], env={"COLUMNS": "160"})


def run(*arguments):
    return bayesfit("run", "--quick", *arguments)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """One quick run, with some runs held out."""
    folder = tmp_path_factory.mktemp("run") / "out"
    told = run(
        "--model", "chinchilla_approach3", "--train", "N < 5e9", "--flops", "3e25", "--out", folder
    )
    assert told.exit_code == 0, told.output
    return folder, told.output


def test_everything_is_written(finished):
    folder, _ = finished
    files = {path.name for path in folder.iterdir()}
    assert files == {
        "draws.nc",
        "exponents.csv",
        "figures",
        "optima.csv",
        "predictions.csv",
        "report.html",
        "run.json",
    }
    assert len(list((folder / "figures").glob("*.png"))) >= 7
    assert not list(folder.parent.glob(".*"))


def test_the_tables_say_what_the_draws_say(finished):
    folder, _ = finished
    draws = Draws.load(folder / "draws.nc").flat
    exponents = pd.read_csv(folder / "exponents.csv").set_index("parameter")
    assert exponents.loc["a", "posterior_median"] == pytest.approx(np.median(draws["a"]), rel=1e-3)
    assert exponents.loc["alpha", "Besiroglu et al. 2024"] == 0.3478
    optima = pd.read_csv(folder / "optima.csv")
    assert list(optima["C"]) == [1e21, 1e22, 1e23, 1e24, 1e25, 3e25, 1e26]
    np.testing.assert_allclose(6 * optima["N"] * optima["D"], optima["C"], rtol=0.02)
    assert (optima["N_lo95"] < optima["N_lo80"]).all() and (
        optima["N_hi80"] < optima["N_hi95"]
    ).all()
    predictions = pd.read_csv(folder / "predictions.csv")
    assert predictions["held_out"].sum() == 8 and len(predictions) == 29


def test_the_record_is_enough_to_repeat_it(finished):
    folder, _ = finished
    record = json.loads((folder / "run.json").read_text())
    assert record["settings"]["train"] == "N < 5e9" and record["settings"]["seed"] == 0
    assert record["settings"]["draws"] == 200 and record["nuts"]["chains"] == 8
    assert record["data"]["runs"] == 21 and len(record["data"]["sha256"]) == 64
    assert record["mle"]["gradient_norm"] < 1e-6
    assert record["bootstrap"]["converged"] == record["bootstrap"]["refits"] == 200
    assert record["nuts"]["r_hat_max"] < 1.05 and record["nuts"]["divergences"] < 5
    assert {"jax", "python"} <= set(record["versions"]) and record["seconds"]["nuts"] > 0
    assert record["seconds_compiling"].keys() <= record["seconds"].keys()


def test_the_screen_has_the_answer_and_the_doubt(finished):
    _, output = finished
    for words in ("posterior", "bootstrap", "Besiroglu", "1e26", "3e25", "Held out: 8 runs"):
        assert words in output
    assert "E is weakly identified" in output and "Pythia-dedup-1.4B left out" in output


def test_a_law_of_ones_own(tmp_path):
    (tmp_path / "my_law.py").write_text(LINEAR)
    told = run("--model", tmp_path / "my_law.py", "--data", "pile", "--out", tmp_path / "out")
    assert told.exit_code == 0, told.output
    exponents = pd.read_csv(tmp_path / "out" / "exponents.csv").set_index("parameter")
    assert 0.03 < exponents.loc["slope", "posterior_median"] < 0.12
    assert not (tmp_path / "out" / "optima.csv").exists()


def csv(tmp_path, text):
    (tmp_path / "runs.csv").write_text(text)
    return tmp_path / "runs.csv"


ROWS = "N,D,loss\n" + "".join(f"{n}e8,{20 * n}e9,{3 - 0.1 * n}\n" for n in range(1, 8))

BAD = {
    "no column": ("N,D\n1e8,1e9\n", "loss"),
    "zero": (ROWS + "0,1e9,2\n", "N"),
    "negative": (ROWS + "1e8,-1e9,2\n", "D"),
    "nan": (ROWS + "1e8,1e9,nan\n", "loss"),
    "infinite": (ROWS + "1e8,inf,2\n", "D"),
    "text": (ROWS + "1e8,much,2\n", "much"),
    "few": ("N,D,loss\n1e8,1e9,3\n1e9,1e10,2.5\n", "5 parameters"),
    "empty": ("", "empty"),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_tables_end_in_one_sentence(kind, tmp_path):
    text, word = BAD[kind]
    told = run(
        "--model", "chinchilla_approach3", "--data", csv(tmp_path, text), "--out", tmp_path / "out"
    )
    assert told.exit_code == 2 and word in told.output
    assert told.output.strip().splitlines()[-1].startswith("error: ")
    assert "Traceback" not in told.output and not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--model", "chinchila_approach3"], "chinchilla_approach3"),
        (["--model", "chinchilla_approach3", "--data", "nowhere.csv"], "nowhere.csv"),
        (["--model", "chinchilla_approach3", "--data", "pil"], "pile"),
        (["--model", "chinchilla_approach3", "--likelihood", "student"], "student_t"),
        (["--model", "chinchilla_approach3", "--out", "/dev/null/x"], "cannot be written"),
        (["--model", "chinchilla_approach3", "--train", "N << 3"], "condition"),
        (["--model", "chinchilla_approach3", "--train", "N < 1"], "no run"),
    ],
)
def test_bad_requests_end_in_one_sentence(arguments, word):
    told = run(*arguments)
    assert told.exit_code == 2 and word in told.output and "error: " in told.output


def test_a_folder_of_something_else_is_not_replaced(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    told = run("--model", "chinchilla_approach3", "--out", tmp_path)
    assert told.exit_code == 2 and "not a bayesfit result" in told.output
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_an_interrupted_run_leaves_the_last_result(tmp_path):
    folder = tmp_path / "out"
    with replaced(folder) as new:
        (new / "run.json").write_text("first")
    with pytest.raises(KeyboardInterrupt), replaced(folder) as new:
        (new / "run.json").write_text("second")
        raise KeyboardInterrupt
    assert (folder / "run.json").read_text() == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    with pytest.raises(InputError), replaced(folder / "run.json" / "x"):
        pass
