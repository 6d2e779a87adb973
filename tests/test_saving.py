"""A fit on disk: opened in a new process, gone on with after an interruption, never mixed up."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

import bayesfit
from bayesfit import artifacts, likelihoods, models, stages
from bayesfit.stages import STAGES, task

SMALL = dict(likelihood="student_t", bootstrap=100, chains=4, draws=200)  # those of `small_fit`
AT = {"N": [3e9, 70e9], "D": [1e11, 1.4e12]}
BUDGETS = [1e21, 3.8e25]

# Run in a process of its own: what a saved fit answers, as JSON, with the seconds it took.
OPEN = """
import json, sys, time
began = time.perf_counter()
import bayesfit
fit = bayesfit.open(sys.argv[1])
at, budgets = json.loads(sys.argv[2]), json.loads(sys.argv[3])
tables = dict(optimum=fit.optimum(budgets), predict=fit.predict(at), holdouts=fit.holdouts,
              exponents=fit.exponents().reset_index())
seconds = time.perf_counter() - began
text = {name: table.to_dict("list") for name, table in tables.items()}
print(json.dumps(dict(tables=text, seconds=seconds), default=float))
"""


def answers(fit):
    """The same of a fit at hand, gone through JSON."""
    tables = dict(
        optimum=fit.optimum(BUDGETS),
        predict=fit.predict(AT),
        holdouts=fit.holdouts,
        exponents=fit.exponents().reset_index(),
    )
    text = {name: table.to_dict("list") for name, table in tables.items()}
    return json.loads(json.dumps(text, default=float))


def same_draws(one, other):
    assert one.values.keys() == other.values.keys()
    for name, values in one.values.items():
        np.testing.assert_array_equal(values, other.values[name], err_msg=name)
    for name, values in one.stats.items():
        np.testing.assert_array_equal(values, other.stats[name], err_msg=name)


def same_fit(one, other):
    """Every number of both, to the last bit."""
    for name, x in one.mle._asdict().items():
        np.testing.assert_array_equal(x, getattr(other.mle, name), err_msg=name)
    same_draws(one.posterior, other.posterior)
    np.testing.assert_array_equal(one.posterior.log_likelihood, other.posterior.log_likelihood)
    same_draws(one.bootstrap, other.bootstrap)
    assert len(one.refits) == len(other.refits)
    for a, b in zip(one.refits, other.refits, strict=True):
        np.testing.assert_array_equal(a.below, b.below)
        assert (a.seed, a.label) == (b.seed, b.label)
        for name, values in a.values.items():
            np.testing.assert_array_equal(values, b.values[name], err_msg=name)
    assert one.settings == other.settings and one.labels == other.labels


@pytest.fixture(scope="module")
def saved(small_fit, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fits") / "saved"
    small_fit.save(folder)
    return folder


def test_a_new_process_answers_to_the_digit(small_fit, saved, capsys):
    command = [sys.executable, "-c", OPEN, str(saved), json.dumps(AT), json.dumps(BUDGETS)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    expected = answers(small_fit)
    assert expected["holdouts"]["actual"]
    for name, table in expected.items():
        assert table.keys() == found["tables"][name].keys(), name
        for column, values in table.items():
            np.testing.assert_array_equal(found["tables"][name][column], values, err_msg=column)
    with capsys.disabled():
        print(f"\nopened and asked in {found['seconds']:.1f} s, imports included", end=" ")


def test_everything_is_read_back(small_fit, saved):
    assert {path.suffix for path in saved.iterdir()} <= {".json", ".csv", ".nc"}  # no pickle
    fit = bayesfit.open(saved)
    same_fit(small_fit, fit)
    assert fit.timings == pytest.approx(dict(small_fit.timings))
    assert fit.runs.table.equals(small_fit.runs.table) and fit.runs.name == "pile"
    assert fit.runs.left_out == small_fit.runs.left_out
    again = saved.parent / "again"
    fit.save(again)
    same_fit(fit, bayesfit.open(again))


class Interrupted(Exception):
    """What a user's Ctrl-C stands for."""


def interrupt(at):
    def progress(stage, done, total):
        if stage == at:
            raise Interrupted

    return progress


def resumed(folder, **changes):
    runs = bayesfit.load("pile")
    return bayesfit.fit("chinchilla_approach3", runs, folder=folder, **SMALL | changes)


def test_interrupted_at_each_stage_it_ends_with_the_numbers_of_an_undisturbed_fit(
    small_fit, tmp_path
):
    for done, stage in enumerate(STAGES):
        with pytest.raises(Interrupted):
            assert resumed(tmp_path, progress=interrupt(stage)).refits
        assert list(artifacts.finished(tmp_path)) == list(STAGES[:done])
        (tmp_path / f"{artifacts.FILES[stage]}.part").write_text("half of a file")
        with pytest.raises(bayesfit.InputError, match="never finished"):
            bayesfit.open(tmp_path)
    worked_on = []
    fit = resumed(tmp_path, progress=lambda stage, done, total: worked_on.append(stage))
    assert worked_on == []
    same_fit(small_fit, fit)
    assert set(worked_on) == {"refits"}
    assert fit.holdouts.equals(small_fit.holdouts)


def test_the_smaller_runs_are_fitted_when_somebody_looks_and_once(monkeypatch):
    asked = []
    made = stages.refits
    monkeypatch.setattr(stages, "refits", lambda *a: asked.append(1) or made(*a))
    fit = resumed(None)
    fit.optimum(1e24)
    assert not asked and "refits" not in fit.timings
    about = fit.about_budget(1e25)
    assert about.refits and not fit.holdouts.empty and fit.timings["refits"] > 0
    assert about.refits is fit.refits and len(asked) == 1


def test_refits_are_not_taken_from_a_folder_that_is_another_fits_by_now(tmp_path):
    prior = dict(alpha="LogNormal(-1, 0.02)")
    alone = [resumed(None), resumed(None, priors=prior)]
    first, second = resumed(tmp_path), resumed(tmp_path, priors=prior)
    for mine, other in ((first, alone[0]), (second, alone[1])):
        for one, same in zip(mine.refits, other.refits, strict=True):
            np.testing.assert_array_equal(one.values["alpha"], same.values["alpha"])
    assert not np.array_equal(first.refits[0].values["alpha"], second.refits[0].values["alpha"])
    kept = artifacts.read_stage(tmp_path, "refits", second.task)
    np.testing.assert_array_equal(kept[0].values["alpha"], second.refits[0].values["alpha"])


def test_a_folder_is_where_it_was_when_the_fit_was_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fit = resumed("here", bootstrap=0)
    monkeypatch.chdir("/")
    assert fit.refits and "refits" in artifacts.finished(tmp_path / "here")


def test_a_folder_that_is_gone_takes_nothing_with_it(tmp_path):
    fit = resumed(tmp_path / "gone")
    shutil.rmtree(tmp_path / "gone")
    assert not fit.holdouts.empty
    fit.save(tmp_path / "saved")
    assert bayesfit.open(tmp_path / "saved").holdouts.equals(fit.holdouts)


def test_a_full_disk_is_said_before_a_file_is_begun(tmp_path, monkeypatch):
    """HDF5 would find out half-way, and end the process with a segmentation fault."""
    full = shutil.disk_usage(tmp_path)._replace(free=2**18)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: full)
    with pytest.raises(bayesfit.InputError, match="No space left on device.*make room"):
        resumed(tmp_path)
    assert not list(tmp_path.glob("*.nc*"))
    monkeypatch.undo()
    assert resumed(tmp_path).posterior is not None


@pytest.mark.parametrize("stage", STAGES[1:])
def test_a_fit_whose_later_files_are_lost_makes_them_again(small_fit, saved, tmp_path, stage):
    folder = tmp_path / "lost"
    shutil.copytree(saved, folder)
    kept = STAGES[: STAGES.index(stage)]
    record = json.loads((folder / artifacts.RECORD).read_text())
    record["stages"] = {name: record["stages"][name] for name in kept}
    del record["complete"]
    (folder / artifacts.RECORD).write_text(json.dumps(record))
    for name in STAGES[STAGES.index(stage) :]:
        (folder / artifacts.FILES[name]).unlink()
    same_fit(small_fit, resumed(folder))


def test_the_folder_of_another_task_is_not_used(saved, tmp_path):
    folder = tmp_path / "other"
    shutil.copytree(saved, folder)
    with pytest.raises(Interrupted):
        resumed(folder, seed=1, progress=interrupt("estimate"))
    assert artifacts.finished(folder) == {}
    assert not any((folder / name).exists() for name in artifacts.FILES.values())
    with pytest.raises(bayesfit.InputError, match="never finished"):
        bayesfit.open(folder)


@pytest.mark.parametrize(
    "changes",
    [
        dict(likelihood=likelihoods.load("normal")),
        dict(replaced=dict(alpha="LogNormal(-1, 0.4)")),
        dict(held_out=bayesfit.load("pile").subset(np.arange(29) < 3)),
        dict(given=bayesfit.load("pile").with_column("loss", 3.0)),
        dict(law=models.load("chinchilla_tied")),
        dict(group="family"),
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_whatever_makes_another_task(small_fit, saved, tmp_path, changes):
    folder, same = tmp_path / "other", small_fit.task
    shutil.copytree(saved, folder)
    asked = dict(law=same.law, likelihood=same.likelihood, given=same.given, held_out=None)
    artifacts.write_task(folder, task(**asked, settings=same.settings))
    assert list(artifacts.finished(folder)) == list(STAGES)
    artifacts.write_task(folder, task(**asked | changes, settings=same.settings))
    assert artifacts.finished(folder) == {}


def test_what_is_no_fit_or_was_changed_is_refused(saved, tmp_path):
    with pytest.raises(bayesfit.InputError, match="holds no fit"):
        bayesfit.open(tmp_path / "nowhere")
    folder = tmp_path / "changed"
    shutil.copytree(saved, folder)
    text = (folder / "runs.csv").read_text()
    (folder / "runs.csv").write_text(text.replace("1.", "2.", 1))
    with pytest.raises(bayesfit.InputError, match="was changed since"):
        bayesfit.open(folder)
    (folder / "runs.csv").write_text(text)
    record = json.loads((folder / artifacts.RECORD).read_text())
    record["task"]["law"]["digest"] = "another"
    (folder / artifacts.RECORD).write_text(json.dumps(record))
    with pytest.raises(bayesfit.InputError, match="has changed since"):
        bayesfit.open(folder)


# -- a law of one's own, another prior, runs held out ------------------------------------------

MINE = '''"""A power law: L = (N_c / N)**alpha."""
from jax.numpy import log
from numpyro.distributions import LogNormal, Normal
from bayesfit.law import Law

law = Law(
    rows="final",
    inputs=("N",),
    priors=lambda ref: dict(level=Normal(log(ref.loss), 0.3), alpha=LogNormal(log(0.1), 0.5)),
    log_loss=lambda p, runs: p.level - p.alpha * log(runs.N / 1e9),
    symbols=dict(level="log loss of 1e9 parameters", alpha="exponent of N"),
)
'''


@pytest.fixture(scope="module")
def mine(tmp_path_factory):
    """A small fit of a user's law, with a prior that decides, and its folder."""
    folder = tmp_path_factory.mktemp("mine")
    (folder / "mine.py").write_text(MINE)
    below, above = bayesfit.load("pile").split("N < 5e9")
    fit = bayesfit.fit(
        folder / "mine.py", below, held_out=above, priors=dict(alpha="Normal(0.3, 1e-4)"),
        likelihood="normal", starts=16, bootstrap=50, chains=4, draws=100, refits=False,
        seed=2**32 - 1,
    )  # fmt: skip
    fit.save(folder / "fit")
    return fit, folder


def test_another_prior_is_obeyed_and_recorded(mine):
    fit, _ = mine
    assert np.median(fit.posterior.flat["alpha"]) == pytest.approx(0.3, abs=1e-3)
    assert float(fit.estimate["alpha"]) < 0.15  # the MLE knows no priors
    assert fit.settings["priors"] == {"alpha": "Normal(loc=0.3, scale=0.0001)"}
    assert fit.settings["seed"] == 2**32 - 1 and fit.settings["likelihood"] == "normal"
    assert not models.is_as_filed(fit.law)


def test_a_law_of_ones_own_comes_along(mine):
    """The folder has a copy of its file: the original may change, or be gone."""
    fit, folder = mine
    (folder / "mine.py").unlink()
    back = bayesfit.open(folder / "fit")
    same_fit(fit, back)
    assert back.law.name == "mine" and back.law.overrides == fit.law.overrides
    assert back.held_out is not None and back.held_out.table.equals(fit.held_out.table)
    assert back.predict({"N": 1e9}).equals(fit.predict({"N": 1e9}))


def test_a_law_made_in_python_has_to_be_given_again(mine, tmp_path):
    fit, folder = mine
    law = replace(fit.law, home="", name="in_python")
    replace(fit, law=law, task=replace(fit.task, law=law)).save(tmp_path / "fit")
    with pytest.raises(bayesfit.InputError, match="made in Python .* give it"):
        bayesfit.open(tmp_path / "fit")
    bare = models.load(folder / "fit" / "law.py")
    back = bayesfit.open(tmp_path / "fit", law=replace(bare, home="", name="in_python"))
    same_draws(fit.posterior, back.posterior)
    assert back.law.name == "in_python" and back.settings["priors"] == fit.settings["priors"]
