"""The reader's desk: the tables and the law that pages call theirs."""

import re

import numpy as np
import pandas as pd
import pytest

import bayesfit

from .pages import ROOT, SMALL


def my_runs() -> pd.DataFrame:
    """Three families of one law, 48 runs: what pages call my_runs.csv."""
    rng = np.random.default_rng(5)
    N = np.geomspace(5e7, 3e9, 8).repeat(6)
    D = N * np.tile(np.geomspace(4, 300, 6), 8)
    family = np.resize(["gpt", "llama", "qwen"], 48)
    level = pd.Series(family).map(dict(gpt=0.03, llama=0.0, qwen=-0.02)).to_numpy()
    loss = np.exp(level) * (1.7 + 420 / N**0.34 + 1500 / D**0.36)
    return pd.DataFrame(dict(N=N, D=D, loss=loss * np.exp(0.005 * rng.standard_normal(48)))).assign(
        C=6 * N * D, family=family, corpus=np.resize(["web", "code"], 48)
    )


def wandb() -> pd.DataFrame:
    """The same runs as a table of Weights & Biases has them."""
    runs = my_runs()
    return pd.DataFrame(
        {
            "Name": [f"run-{i}" for i in range(len(runs))],
            "State": "finished",
            "n_params": runs["N"],
            "tokens_B": runs["D"] / 1e9,
            "eval/c4_loss": runs["loss"],
        }
    )


def panel() -> pd.DataFrame:
    """Loss curves of two runs as a panel exports them, three columns a run."""
    steps = np.arange(1000, 11000, 1000)
    columns = {"Step": steps}
    for run, low in {"run_100M_3e-4": 3.2, "run_1.3B_3e-4": 2.6}.items():
        loss = low + 40 / steps**0.5
        columns |= {f"{run} - eval/loss{end}": loss for end in ("", "__MIN", "__MAX")}
    return pd.DataFrame(columns)


def offers() -> pd.DataFrame:
    """Runs that could be bought, and what each costs."""
    N = np.geomspace(1e8, 3e9, 6).repeat(2)
    D = N * np.tile([10.0, 100.0], 6)
    return pd.DataFrame(dict(N=N, D=D, dollars=6 * N * D / 1e17))


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A folder with the reader's own tables and law, where the commands are given."""
    tables = dict(my_runs=my_runs(), wandb=wandb(), panel=panel(), offers=offers())
    tables["my_isoflop"] = bayesfit.load("simulated_isoflop").table
    tables["my_moe"] = bayesfit.load("simulated_moe_joint").table
    for file, table in tables.items():
        table.to_csv(tmp_path / f"{file}.csv", index=False)
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    law = re.findall(r"^```python\n# models/\S+\n(.*?)^```$", text, flags=re.M | re.S)[0]
    (tmp_path / "path" / "to").mkdir(parents=True)
    (tmp_path / "path" / "to" / "my_law.py").write_text(law, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def quick(monkeypatch):
    """`bayesfit.fit` with few draws, unless a snippet says how many."""
    fit = bayesfit.fit
    monkeypatch.setattr(
        bayesfit, "fit", lambda *args, **given: fit(*args, **SMALL | dict(starts=32) | given)
    )
