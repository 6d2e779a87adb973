"""Seventeen kinds of table that people keep, with one sweep in each: all give the same runs.

Headings stand together as they do in public repositories; the numbers are of a law of our own.
"""

import gzip
import json
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest

import bayesfit
from bayesfit.data.rows import explained

SIZES = dict(zip(("60M", "0.2B", "700M", "2.5B"), (6e7, 2e8, 7e8, 2.5e9), strict=True))
BATCH = 262_144  # tokens a step
STEPS = (4000, 16000)  # of the finished runs of each size
SEQUENCE = 1024


def law(N, D):
    return 1.83 + 420 / N**0.35 + 510 / D**0.3


def sweep():
    """One row a run: what each of the kinds has to give."""
    random = np.random.default_rng(14)
    rows = [(size, N, step) for size, N in SIZES.items() for step in STEPS]
    frame = pd.DataFrame(rows, columns=["size", "N", "step"])
    frame["D"] = frame["step"] * float(BATCH)
    frame["C"] = 6 * frame["N"] * frame["D"]
    scatter = np.exp(random.normal(0, 0.002, len(frame)))
    frame["loss"] = (law(frame["N"], frame["D"]) * scatter).round(5)
    frame["name"] = [
        f"run_{size}_s{step}" for size, step in zip(frame["size"], frame["step"], strict=True)
    ]
    return frame


SWEEP = sweep()


def of(**columns):
    """The sweep with other headings: name -> a column of it, or values."""
    cells = {name: SWEEP[x] if isinstance(x, str) else x for name, x in columns.items()}
    return pd.DataFrame({name.replace("__", "/"): x for name, x in cells.items()})


def csv(path, frame, **how):
    frame.to_csv(path, index=False, **how)
    return path


def text(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def along(row):
    """Steps and losses of the curve that ends in a run."""
    steps = np.linspace(row.step / 8, row.step, 8)
    above = 0.05 + 0.01 * (row.step == STEPS[1])  # before it decays
    return steps, np.append(law(row.N, steps[:-1] * BATCH) + above, row.loss)


def curves(N="N", step="step", loss="loss", run="run"):
    """Every curve of the sweep, one row a step."""
    parts = []
    for row in SWEEP.itertuples():
        steps, losses = along(row)
        part = {run: row.name, N: row.N, step: steps, "batch_tokens": BATCH, loss: losses}
        parts.append(pd.DataFrame(part))
    return pd.concat(parts)


def by_names(folder):
    """A file of each run, in a folder of each size: N stands in the names alone."""
    for row in SWEEP.itertuples():
        place = folder / "logs" / f"n{row.size}"
        place.mkdir(parents=True, exist_ok=True)
        steps, losses = along(row)
        columns = {"global_step": steps, "tokens_seen": steps * BATCH, "val_loss": losses}
        csv(place / f"{row.name}.csv", pd.DataFrame(columns))
    return folder / "logs"


def by_trainer(folder):
    for row in SWEEP.itertuples():
        place = folder / "out" / row.name / f"checkpoint-{row.step}"
        place.mkdir(parents=True)
        history = [
            {"step": int(step), "epoch": 0.1, "eval_loss": x, "num_input_tokens_seen": step * BATCH}
            for step, x in zip(*along(row), strict=True)
        ]
        history += [{"step": int(row.step), "loss": 9.0}]
        log = dict(log_history=history, global_step=int(row.step), total_flos=0)
        (place / "trainer_state.json").write_text(json.dumps(log))
    return folder / "out"


def panel(folder):
    """A panel over tokens, to which the runs of this sweep came at the same places."""
    columns = {}
    for row in SWEEP.itertuples():
        steps, losses = along(row)
        series = pd.Series(losses, steps * BATCH)
        for end in ("", "__MIN", "__MAX"):
            columns[f"{row.name} - eval/loss{end}"] = series
    return csv(folder / "panel.csv", pd.DataFrame(columns).rename_axis("tokens").reset_index())


def nested(folder):
    rows = [
        dict(
            name=row.name,
            state="finished",
            config=dict(
                model=dict(num_params=row.N), batch_size=BATCH // SEQUENCE, seq_len=SEQUENCE
            ),
            summary={"_step": row.step, "eval/loss": row.loss, "train/loss": row.loss - 0.1},
        )
        for row in SWEEP.itertuples()
    ]
    return text(folder / "runs.jsonl", "\n".join(map(json.dumps, rows)))


def comma(x):
    return f"{x:.10g}".replace(".", ",")


def semicolons(folder):
    table = of(Name="name", model_size="size", tokens="D", loss="loss")
    table["tokens"], table["loss"] = table["tokens"].map(comma), table["loss"].map(comma)
    return csv(folder / "a.csv", table, sep=";")


def markdown(folder):
    table = of(run="name", Params="size", tokens_B=SWEEP["D"] / 1e9, loss="loss")
    rows = [table.columns, ["---"] * 4, *table.astype(str).to_numpy()]
    lines = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return text(folder / "README.md", f"# Our sweep\n\n{lines}\n\nBest: 2.5B.\n")


def listed(**columns):
    return of(**columns).to_dict("records")


def long_export(folder):
    table = curves(N="config.n_params", step="_step", loss="eval/c4_loss", run="Name")
    return csv(folder / "wandb.csv", table.assign(**{"eval/loss": 1.0, "State": "finished"}))


COUNTED = dict(n_params="N", n_tokens="D", flops="C", val_loss="loss")
BILLIONS = dict(
    N_params_B=SWEEP["N"] / 1e9,
    D_tokens_B=SWEEP["D"] / 1e9,
    C_FLOPs_1e21=SWEEP["C"] / 1e21,
    val_bpb=SWEEP["loss"] / np.log(2),
)
TOTALS = dict(run_id="name", params_total="N", tokens_trained="D", flops_budget="C")
PACKED = dict(num_params="N", total_tokens="D", compute_budget="C", best_val_loss="loss")
GIGA = dict(run_name="name", total_params="N", total_gflops=SWEEP["C"] / 1e9, eval__loss="loss")
ANSWER = dict(parameter_count="N", train_flops="C", tokens_seen="D", loss="loss")
EXCEL = dict(size="size", n_tokens="D", perplexity=np.exp(SWEEP["loss"]))
WORDS = dict(model_size="size", D=SWEEP["D"].map("{:,.0f}".format), loss="loss")

KINDS = {
    "counted": lambda f: csv(f / "a.csv", of(**COUNTED, train_loss=SWEEP["loss"] - 0.2)),
    "in billions": lambda f: csv(f / "a.csv", of(**BILLIONS)),
    "totals": lambda f: csv(f / "a.tsv", of(**TOTALS, final_val_loss="loss"), sep="\t"),
    "packed, with an index": lambda f: text(
        f / "a.csv.gz", gzip.compress(of(**PACKED).to_csv().encode())
    ),
    "gigaflops": lambda f: csv(f / "a.csv", of(**GIGA)),
    "a list of runs": lambda f: text(
        f / "runs.json", json.dumps(listed(parameters="N", compute_budget="C", final_loss="loss"))
    ),
    "an answer": lambda f: text(
        f / "runs.json", json.dumps(dict(project="s", runs=listed(**ANSWER)))
    ),
    "semicolons and decimal commas": semicolons,
    "text of Excel": lambda f: text(
        f / "Book1.txt", of(**EXCEL).to_csv(sep="\t", index=False).encode("utf-16")
    ),
    "curves": lambda f: csv(
        f / "a.csv", curves(N="params", step="iter", loss="val_loss", run="run_id")
    ),
    "a long export": long_export,
    "a panel": panel,
    "nested lines": nested,
    "a folder of curves": by_names,
    "checkpoints of a trainer": by_trainer,
    "Markdown": markdown,
    "words and comments": lambda f: text(
        f / "a.csv", "# our sweep\n" + of(**WORDS).to_csv(index=False) + "# the end\n"
    ),
}
NAMED = dict(names="run_{N}_s*")
HOW = {
    "a long export": dict(columns=dict(loss="eval/c4_loss")),
    "a panel": NAMED,
    "a folder of curves": NAMED,
    "checkpoints of a trainer": NAMED,
}


def test_there_are_seventeen():
    assert len(KINDS) == 17


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_the_same_runs(tmp_path, kind):
    runs = bayesfit.read(KINDS[kind](tmp_path), **HOW.get(kind, {}))
    assert runs.is_of_curves == (kind in HOW or kind == "curves")
    final = explained(runs, "final")
    assert len(final) == len(SWEEP) and not final.warnings
    found = final.table.sort_values(["N", "D"])[["N", "D", "C", "loss"]]
    np.testing.assert_allclose(found, SWEEP[["N", "D", "C", "loss"]], rtol=1e-9)


def in_formats(folder):
    """One table in each format that is written without loss, and what is installed beside."""
    table = of(run="name", N="N", D="D", loss="loss", seed=np.arange(len(SWEEP)) * 1.0)
    lines = [table.columns, ["-"] * 5, *table.astype(str).to_numpy()]
    plain = table.to_csv(index=False)
    yield csv(folder / "a.csv", table)
    yield csv(folder / "a.tsv", table, sep="\t")
    yield text(folder / "a.txt", plain.replace(",", ";").encode("utf-16"))
    yield text(folder / "a.csv.gz", gzip.compress(plain.encode()))
    yield text(folder / "a.json", table.to_json(orient="records", double_precision=15))
    yield text(folder / "a.jsonl", table.to_json(orient="records", lines=True, double_precision=15))
    yield text(folder / "a.md", "\n".join("|".join(line) for line in lines))
    if find_spec("pyarrow"):
        table.to_parquet(folder / "a.parquet")
        yield folder / "a.parquet"
    if find_spec("openpyxl"):
        table.to_excel(folder / "a.xlsx", index=False)
        yield folder / "a.xlsx"


def test_seven_formats_give_equal_values(tmp_path):
    hashes = [bayesfit.read(path).sha256 for path in in_formats(tmp_path)]
    assert len(hashes) >= 7 and len(set(hashes)) == 1
