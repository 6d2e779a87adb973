"""Logs of Hugging Face's trainer, and results of lm-eval beside them."""

import json

import numpy as np
import pytest

import bayesfit
from bayesfit.errors import InputError

RUNS = {"gpt-60M-s1": 6e7, "gpt-400M-s1": 4e8}
TOKENS = 131_072.0  # a step


def loss(N, step):
    return 2.1 + 200 / N**0.31 + 290 / (TOKENS * step) ** 0.27


def log(N, last, *, evaluated=True, tokens=True):
    """What the trainer writes at a step: training every 50, evaluation every 100."""
    history = []
    for step in range(50, last + 1, 50):
        row = dict(epoch=step / 1000, step=step, num_input_tokens_seen=TOKENS * step)
        row = row if tokens else dict(epoch=step / 1000, step=step)
        history.append(row | dict(loss=loss(N, step) + 0.2, learning_rate=1e-3, grad_norm=1.0))
        if evaluated and step % 100 == 0:
            history.append(row | dict(eval_loss=loss(N, step), eval_runtime=2.5))
    history.append(dict(step=last, epoch=1.0, train_loss=9.9, train_runtime=60.0, total_flos=1.0))
    return dict(
        global_step=last, total_flos=6 * N * TOKENS * last, num_input_tokens_seen=0,
        log_history=history, best_metric=None,
    )  # fmt: skip


def evaluation(N, score):
    tasks = {"copa": {"alias": "copa", "acc,none": score, "acc_stderr,none": "N/A"}}
    tasks["gsm"] = {"exact_match,strict-match": score / 2}
    config = dict(model="hf", model_args="pretrained=me/gpt,dtype=float", model_num_parameters=N)
    return dict(results=tasks, config=config, versions=dict(copa=1.0), configs={})


def written(folder, *, checkpoints=(400, 1000), evaluations=True, **how):
    for run, N in RUNS.items():
        for step in checkpoints:
            place = folder / run / f"checkpoint-{step}"
            place.mkdir(parents=True)
            (place / "trainer_state.json").write_text(json.dumps(log(N, step, **how)))
            (place / "config.json").write_text(json.dumps(dict(hidden_size=64)))
            if evaluations:
                found = json.dumps(evaluation(N, step / 2000))
                (place / "results_2026-01-02T03.json").write_text(found)
    return folder


def test_a_folder_of_checkpoints_is_a_curve(tmp_path):
    runs = bayesfit.read(written(tmp_path / "sweep"))
    assert set(runs.units.names) == set(RUNS) and runs.units.of_steps
    assert len(runs) == 20  # the log of the last checkpoint holds those before
    np.testing.assert_allclose(runs["loss"], loss(runs["N"], runs["step"]))
    np.testing.assert_allclose(runs["D"], runs["step"] * TOKENS)
    np.testing.assert_allclose(runs["C"], 6 * runs["N"] * runs["D"])
    assert not np.isin(9.9, runs["train_loss"])
    there = ~np.isnan(runs["copa/acc"])
    assert set(runs["step"][there]) == {400, 1000}
    np.testing.assert_allclose(runs["copa/acc"][there], runs["step"][there] / 2000)
    assert "gsm/exact_match/strict-match" in runs.columns


def test_sizes_from_the_names_of_the_runs(tmp_path):
    folder = written(tmp_path / "sweep", evaluations=False, tokens=False)
    runs = bayesfit.read(folder, names="gpt-{N}-*")
    np.testing.assert_allclose(runs["loss"], loss(runs["N"], runs["step"]))
    np.testing.assert_allclose(runs["D"], runs["step"] * TOKENS)  # by total_flos / (6 N)
    with pytest.raises(InputError, match=r"--names 'gpt-{N}-s\*'"):
        bayesfit.read(folder).require(["N"])


@pytest.mark.parametrize("inner", ["", "checkpoint-1000"])
def test_one_run_by_its_folder_or_its_file(tmp_path, inner):
    written(tmp_path)
    place = tmp_path / "gpt-60M-s1" / inner
    (tmp_path / "gpt-60M-s1" / "trainer_state.json").write_text(json.dumps(log(6e7, 1000)))
    for path in (tmp_path / "gpt-60M-s1", place / "trainer_state.json"):
        runs = bayesfit.read(path, names="gpt-{N}-s*")
        assert runs.name == "gpt-60M-s1" and len(runs) == 10 and set(runs["N"]) == {6e7}
        np.testing.assert_allclose(runs["loss"], loss(6e7, runs["step"]))


def test_a_run_that_was_never_evaluated_has_its_loss_in_training(tmp_path):
    folder = written(tmp_path / "sweep", evaluated=False, evaluations=False)
    runs = bayesfit.read(folder, names="gpt-{N}-*")
    assert len(runs) == 40 and "column 'train_loss' read as loss" in runs.notes
    np.testing.assert_allclose(runs["loss"], loss(runs["N"], runs["step"]) + 0.2)


def test_results_alone_are_a_row_for_each_model(tmp_path):
    for run, N in RUNS.items():
        place = tmp_path / f"me__{run}"
        place.mkdir()
        (place / "results_1.json").write_text(json.dumps(evaluation(N, 0.4)))
        (place / "samples_copa.jsonl").write_text('{"doc": 1}\n')
    runs = bayesfit.read(tmp_path)
    assert dict(zip(runs["run"], runs["N"], strict=True)) == {
        f"me__{x}": N for x, N in RUNS.items()
    }
    assert set(runs["copa/acc"]) == {0.4} and "copa/acc_stderr" not in runs.columns
    one = bayesfit.read(place / "results_1.json")
    assert (one["run"][0], one["N"][0]) == ("me/gpt", N)


def test_a_table_called_results_is_no_evaluation(tmp_path):
    rows = [dict(N=N, D=2e9, loss=loss(N, 1000)) for N in RUNS.values()]
    (tmp_path / "results.json").write_text(json.dumps(dict(results=rows)))
    (tmp_path / "results_2.json").write_text(json.dumps(rows))
    assert len(bayesfit.read(tmp_path)) == 4


@pytest.mark.parametrize(
    "found",
    [
        dict(log_history=[3, dict(step="x", eval_loss=2.0), dict(eval_loss=2.0), dict(step=None)]),
        dict(log_history=[], global_step="9", total_flos={}),
        dict(results=dict(a={"acc,none": 0.2, "n": None}), config=[1], versions={}),
        dict(results={}, configs={}),
    ],
)
def test_a_log_with_odd_cells_is_no_traceback(tmp_path, found):
    name = "trainer_state.json" if "log_history" in found else "results.json"
    (tmp_path / name).write_text(json.dumps(found))
    for path in (tmp_path, tmp_path / name):
        try:
            runs = bayesfit.read(path)
        except InputError as error:
            assert "no columns" in str(error) and "log_history" in found
        else:
            assert len(runs) == 1 and "loss" not in runs.columns
