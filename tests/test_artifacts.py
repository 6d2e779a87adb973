"""Saved fits against mix-ups and damage: each is one sentence, or is computed again."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bayesfit
from bayesfit import InputError, artifacts, discovery, likelihoods, models
from bayesfit.data import stored
from bayesfit.stages import STAGES, Settings, task

TINY: dict[str, Any] = dict(starts=16, bootstrap=50, chains=4, draws=100, refits=False)
LAW = '''"""A power law: L = (N_c / N)**alpha."""
from jax.numpy import log
from numpyro.distributions import LogNormal, Normal
from bayesfit.law import Law

law = Law(
    rows="final",
    inputs=("N",),
    priors=lambda ref: dict(level=Normal(log(ref.loss), 0.3), alpha=LogNormal(log(0.1), 0.5)),
    log_loss=lambda p, runs: p.level - p.alpha * log(runs.N / 1e9),
)
'''


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A law file of a user's; the fit of it is in the folder `fit` beside it."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "mine.py").write_text(LAW)
    return folder


@pytest.fixture(scope="module")
def fit(home):
    found = bayesfit.fit(home / "mine.py", bayesfit.load("pile"), **TINY)
    found.save(home / "fit")
    return found


@pytest.fixture
def folder(fit, home, tmp_path):
    """A copy of the saved fit, to be damaged."""
    return Path(shutil.copytree(home / "fit", tmp_path / "fit"))


def refused(folder, said, **given):
    with pytest.raises(InputError, match=said) as error:
        bayesfit.open(folder, **given)
    assert "\n" not in str(error.value)


def again(fit, folder, **changes):
    """The stages that are worked on when the same is fitted in a folder."""
    worked_on = []
    found = bayesfit.fit(
        **dict(law=fit.law, runs=fit.runs, folder=folder) | TINY | changes,
        progress=lambda stage, done, total: worked_on.append(stage),
    )
    return found, set(worked_on)


# -- another law or likelihood of the same name ------------------------------------------------


def test_a_law_made_from_a_filed_one_is_another():
    filed = models.load("chinchilla_approach3")
    assert models.is_as_filed(filed) and models.is_as_filed(replace(filed))
    for changed in (
        replace(filed, log_loss=lambda p, runs: filed.log_loss(p, runs)),
        replace(filed, priors=lambda ref: filed.priors(ref)),
        replace(filed, name="another"),
    ):
        assert not models.is_as_filed(changed) and models.digest(changed) == ""


def of_another_law(fit, **changes):
    law = replace(fit.law, log_loss=lambda p, runs: fit.law.log_loss(p, runs), **changes)
    same = fit.task
    return law, task(law, same.likelihood, same.given, None, same.settings)


@pytest.mark.parametrize("changes", [{}, dict(home="")], ids=["with a home", "without"])
def test_stages_of_a_law_of_the_same_name_are_not_reused(fit, folder, changes):
    law, other = of_another_law(fit, **changes)
    artifacts.write_task(folder, fit.task)
    assert list(artifacts.finished(folder)) == list(STAGES)
    artifacts.write_task(folder, other)
    assert artifacts.finished(folder) == {}
    replace(fit, law=law, task=other).save(folder)
    refused(folder, r"^the law mine was made in Python .*bayesfit.open\(folder, law=law\)")
    refused(folder, "the law mine of the fit is not", law=models.load("chinchilla_tied"))
    assert bayesfit.open(folder, law=law).law is law
    artifacts.write_task(folder, other)  # nor could it be distinguished from one more
    assert artifacts.finished(folder) == {}


def test_pooled_laws_and_other_priors_still_come_from_their_file(fit, tmp_path):
    same = fit.task
    runs = same.given.with_column("family", np.array(["a", "b"])[np.arange(len(same.given)) % 2])
    pooled = task(
        fit.law, None, runs, None, same.settings, group="family", vary=["level"],
        replaced=dict(alpha="LogNormal(-1, 0.4)"),
    )  # fmt: skip
    about = artifacts.task_record(pooled)
    assert about["law"]["digest"] == models.digest(fit.law) != ""
    artifacts.write_task(tmp_path, pooled)
    back = artifacts.read_task(tmp_path)
    assert artifacts.task_record(back) == about and back.law.group == "family"


def test_stages_of_a_likelihood_of_the_same_name_are_not_reused(fit, folder):
    filed = fit.likelihood
    own = replace(filed, log_density=lambda *x: filed.log_density(*x))
    assert likelihoods.digest(filed) and not likelihoods.digest(own)
    other = task(fit.law, own, fit.task.given, None, fit.task.settings)
    artifacts.write_task(folder, other)
    assert artifacts.finished(folder) == {}
    replace(fit, likelihood=own, task=other).save(folder)
    refused(folder, r"^the likelihood student_t was made in Python .*likelihood=likelihood\)")
    refused(folder, "is not normal", likelihood=likelihoods.load("normal"))
    assert bayesfit.open(folder, likelihood=own).likelihood is own


def test_a_likelihood_whose_file_has_changed(folder):
    change_record(folder, lambda record: record["task"]["likelihood"].update(digest="another"))
    refused(folder, "the likelihood student_t has changed since")


# -- the file of a law -------------------------------------------------------------------------


def test_the_law_that_ran_is_kept_whatever_becomes_of_its_file(home, tmp_path):
    path = tmp_path / "theirs.py"
    path.write_text(LAW)
    bound = task(models.load(path), None, bayesfit.load("pile"), None, Settings(**TINY))
    path.write_text(LAW.replace("1e9", "2e9"))
    artifacts.write_task(tmp_path / "edited", bound)
    path.unlink()
    artifacts.write_task(tmp_path / "removed", bound)
    for name in ("edited", "removed"):
        assert (tmp_path / name / "law.py").read_text() == LAW
        assert artifacts.read_task(tmp_path / name).law.name == "theirs"


@pytest.mark.parametrize("text", [LAW.replace("1e9", "2e9"), "law = (", "raise SystemExit", ""])
def test_an_edited_law_in_the_folder_is_refused_before_it_runs(folder, text):
    (folder / "law.py").write_text(text)
    refused(folder, "law.py was changed since the fit was written: fit again")


def test_a_fit_that_was_opened_is_saved_again(fit, folder, tmp_path):
    bayesfit.open(folder).save(tmp_path / "again")
    assert bayesfit.open(tmp_path / "again").predict({"N": 1e9}).equals(fit.predict({"N": 1e9}))
    assert again(fit, folder)[1] == set()


# -- tables ------------------------------------------------------------------------------------


def test_every_cell_is_read_back(tmp_path):
    words = ["a\rb", "a\r\nb", "a\nb", ' "x", ', "", "NA", "é\x00"]
    runs = bayesfit.load("pile").subset(np.arange(29) < len(words))
    # No column that is read or joined has such words; what is kept must not hang on that.
    runs = replace(runs, table=runs.table.assign(text=np.array(words, object)))
    runs = runs.with_column("count", np.arange(len(words))).with_column("flag", np.arange(7) > 3)
    stored.write_runs(tmp_path / "runs.csv", runs)
    back = stored.read_runs(tmp_path / "runs.csv", stored.about(runs))
    assert back.table.equals(runs.table) and list(back["text"]) == words


# -- damage ------------------------------------------------------------------------------------


def change_record(folder, change):
    path = folder / artifacts.RECORD
    record = json.loads(path.read_text())
    change(record)
    path.write_text(json.dumps(record))


def halve(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


DAMAGE = {
    "missing": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "halved": halve,
    "garbage": lambda path: path.write_bytes(b'\xff\x00"garbage\r\n,,,"'),
}
DAMAGED = ("runs.csv", *artifacts.FILES.values(), *artifacts.ANSWERS.values())


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_one_sentence(folder, damage):
    for file in DAMAGED:
        kept = (folder / file).read_bytes()
        DAMAGE[damage](folder / file)
        refused(folder, f"{file} (cannot be read|was changed|is missing).*: fit again")
        (folder / file).write_bytes(kept)
    bayesfit.open(folder)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        '{"task": {}}',
        '{"task": 3}',
        f'{{"task": {{"format": {artifacts.FORMAT}}}}}',
    ],
)
def test_a_damaged_record_is_one_sentence(fit, folder, text):
    (folder / artifacts.RECORD).write_text(text)
    refused(folder, "fit.json (cannot be read|.*was changed).*: fit again")
    artifacts.write_task(folder, fit.task)  # while a fit goes on as if nothing were there
    assert artifacts.finished(folder) == {}


def test_a_fit_in_another_format_names_who_can_open_it(folder):
    def older(record):
        record["bayesfit"] = "0.0.9"
        record["task"]["format"] -= 1

    change_record(folder, older)
    refused(folder, "format of bayesfit 0.0.9, which .* fit again, or install that version")


@pytest.mark.parametrize("part", ["stages", "files", "task"])
def test_a_record_that_lacks_a_part_is_one_sentence(folder, part):
    change_record(folder, lambda record: record.pop(part))
    refused(folder, "fit")


def test_the_posterior_of_another_fit_is_refused(fit, folder, tmp_path):
    other = replace(fit.posterior, values={n: x + 1 for n, x in fit.posterior.values.items()})
    other.save(folder / "posterior.nc")
    refused(folder, "posterior.nc was changed since")


@pytest.mark.parametrize("stage", ["estimate", "bootstrap", "posterior"])
def test_a_damaged_stage_is_computed_again(fit, folder, stage):
    halve(folder / artifacts.FILES[stage])
    halve(folder / "runs.csv")
    found, worked_on = again(fit, folder)
    assert worked_on == {stage}
    for name, values in fit.posterior.values.items():
        np.testing.assert_array_equal(found.posterior.values[name], values)
    assert bayesfit.open(folder).runs.table.equals(fit.runs.table)


def test_a_fit_without_bootstrap(fit, folder):
    settings = replace(fit.task.settings, bootstrap=0)
    replace(fit, bootstrap=None, task=replace(fit.task, settings=settings)).save(folder)
    assert bayesfit.open(folder).bootstrap is None


# -- settings ----------------------------------------------------------------------------------


def test_numbers_of_numpy_are_settings():
    asked: dict[str, Any] = dict(seed=np.int64(3), chains=np.int32(4), delta=np.float32(0.5))
    found = Settings(**asked)
    assert (found.seed, type(found.seed), type(found.chains)) == (3, int, int)
    assert type(found.delta) is float and json.dumps(found.seed) == "3"
    assert Settings(starts="grid").starts == "grid"


@pytest.mark.parametrize(
    "name, values",
    dict(
        seed=[1.5, True, "a", -1, 2**32, None],
        chains=[2.5, 0, True],
        draws=["9", 0],
        bootstrap=[-1, 2.0],
        starts=[2.5, "lots", 0, "9"],
        delta=[-1, 0, float("nan"), float("inf"), "x", True],
        target_accept=[0, 1, "x", float("nan")],
        refits=["no", 1],
    ).items(),
)
def test_strange_settings_are_one_sentence(name, values):
    for value in values:
        with pytest.raises(InputError, match=f"^{name} is .*: give "):
            Settings(**{name: value})


# -- additions ---------------------------------------------------------------------------------


@pytest.fixture
def plugins(tmp_path, monkeypatch):
    """`write(attribute, name, text)` a plug-in."""
    monkeypatch.setenv(discovery.PLUGINS, str(tmp_path))

    def write(attribute, name, text):
        path = tmp_path / discovery.KINDS[attribute].plugin_folder / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    return write


@pytest.mark.parametrize("attribute", discovery.KINDS)
def test_an_addition_of_the_wrong_type_is_one_sentence(plugins, attribute):
    path = plugins(attribute, "strange", f"{attribute} = 5\n")
    kind = discovery.KINDS[attribute]
    with pytest.raises(InputError, match=f"is a int, not a {kind.type}") as error:
        discovery.load(attribute, "strange")
    assert str(path) in str(error.value) and f"`{attribute}`" in str(error.value)


@pytest.mark.parametrize("attribute", discovery.KINDS)
def test_an_addition_named_like_one_of_ours_is_refused(plugins, attribute):
    name = discovery.names(attribute)[0]
    discovery.load(attribute, name)
    path = plugins(attribute, name, "")
    with pytest.raises(InputError, match="rename the second") as error:
        discovery.load(attribute, name)
    assert str(path) in str(error.value)


def test_what_bayesfit_brings_is_of_its_type(monkeypatch):
    monkeypatch.delenv(discovery.PLUGINS, raising=False)
    for attribute in discovery.KINDS:
        assert list(discovery.every(attribute))
