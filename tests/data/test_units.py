"""Which rows are of one run: by name, by steps, by look, and when a person has to decide."""

import numpy as np
import pandas as pd
import pytest

import bayesfit
from bayesfit.data import units
from bayesfit.data.columns import checked
from bayesfit.data.rows import explained
from bayesfit.data.runs import from_frame

SIZES = (3e7, 2e8, 9e8)


def loss(N, D):
    return 1.7 + 300 / N**0.32 + 500 / D**0.3


def rows(N, D, **others):
    """Rows of one N at several D, with a little scatter that grows with the row number."""
    D = np.asarray(D, float)
    wiggle = 1 + 1e-3 * np.sin(3.0 * np.arange(len(D)))
    return pd.DataFrame(dict(N=float(N), D=D, loss=loss(N, D) * wiggle, **others))


def curve(N, every=2.1e8, count=20, **others):
    """Checkpoints every so many tokens."""
    return rows(N, every * np.arange(1, count + 1), **others)


def found(*parts):
    table = from_frame(pd.concat(parts, ignore_index=True), "t").table
    return units.find(table), units.doubt(table)


def sizes(units):
    return [len(x) for x in units.each()]


@pytest.mark.parametrize("column", ["run", "run_id", "run_name", "Run ID"])
@pytest.mark.parametrize("steps", [True, False])
def test_a_label_in_rows_of_one_size_names_a_curve(column, steps):
    parts = [curve(N, **{column: f"{N:.0e}"}) for N in (3e7, 2e8)]
    if steps:
        parts = [part.assign(step=part["D"] / 2**20) for part in parts]
    known, _ = found(*parts)
    assert known is not None and (known.column, known.of_steps) == (column, steps)
    assert known.names == ["30000000", "200000000"] and sizes(known) == [20, 20]


def test_rows_are_ordered_by_tokens_whatever_their_order():
    shuffled = curve(3e7, run="a").sample(frac=1, random_state=3)
    known, _ = found(shuffled)
    (order,) = known.each()
    assert (np.diff(shuffled["D"].to_numpy()[order]) > 0).all()


@pytest.mark.parametrize(
    "table",
    [
        rows(1e8, [5e9] * 6, run="seeds of one design"),
        pd.concat([rows(N, [1e9, 4e9], run="baseline") for N in (1e8, 3e8, 9e8)]),
        rows(1e8, [1e9, 4e9, 9e9], run=["a", "b", "c"]),
        rows(1e8, [1e9, 4e9, 9e9], run=["", "", ""]),
    ],
    ids=["equal D", "several N", "names of their own", "no names"],
)
def test_labels_that_name_no_curve(table):
    assert found(table) == (None, "")


def test_a_row_with_a_name_of_its_own_is_a_run_beside_curves():
    known, _ = found(curve(3e7, run="a"), rows(2e8, [4e9], run=["b"]))
    assert sorted(sizes(known)) == [1, 20]


def test_a_table_with_a_name_for_each_row_is_of_finished_runs_whatever_it_looks_like():
    table = pd.concat([curve(3e7), curve(2e8)], ignore_index=True)
    assert units.find(from_frame(table).table) is not None
    named = table.assign(run=[f"r{i}" for i in range(len(table))])
    assert found(named) == (None, "")


def test_two_losses_of_one_run_are_two_curves():
    both = [curve(3e7, run="a", split=split) for split in ("train", "validation")]
    known, _ = found(*both)
    assert known.names == ["a, train", "a, validation"] and sizes(known) == [20, 20]


def test_steps_without_names():
    D = 3e8 * np.geomspace(1, 30, 9)  # not evenly spaced
    parts = [rows(N, D, step=D / 2**19, lr=np.linspace(3e-4, 3e-5, 9)) for N in (3e7, 2e8)]
    known, _ = found(*parts)
    assert known.column == "" and known.names == ["30M", "200M"]
    few, doubt = found(*(part.iloc[::2] for part in parts))
    assert few is None and "D rises with it" in doubt


def test_evenly_spaced_tokens_without_names():
    known, _ = found(*(curve(N, count=7) for N in (3e7, 2e8, 9e8)))
    assert known.column == "" and not known.of_steps and sizes(known) == [7, 7, 7]
    gap = [curve(N, count=12).drop(index=[4]) for N in (3e7, 2e8)]
    assert sizes(found(*gap)[0]) == [11, 11]
    assert found(*(curve(N, count=4) for N in (3e7, 2e8))) == (None, "")


def test_what_differs_between_runs_of_one_size_names_them():
    words = [curve(3e7, corpus=corpus) for corpus in ("web", "books")]
    assert found(*words)[0].names == ["30M, web", "30M, books"]
    accuracy = np.round(np.linspace(0.2, 0.3, 20), 2)  # has few values, and names no run
    seeds = [curve(3e7, seed=seed, accuracy=accuracy) for seed in (1, 2, 3)]
    assert found(*seeds)[0].names == ["30M, 1", "30M, 2", "30M, 3"]
    known, doubt = found(*(curve(3e7) for _ in range(2)))
    assert known is None and "nothing to tell its rows apart" in doubt


def test_dense_rows_of_each_size_are_doubtful():
    dense = [rows(N, N * np.geomspace(2, 200, 30)) for N in (3e7, 2e8, 9e8)]
    known, doubt = found(*dense)
    assert known is None and "some 30 different D for each N" in doubt


@pytest.mark.parametrize(
    "parts",
    [
        [rows(N, N * 5 * 2.0 ** np.arange(9)) for N in (3e7, 2e8, 9e8)],
        [rows(N, N * np.geomspace(4, 300, 6)) for N in (3e7, 2e8, 9e8)],
        [rows(N, 1e18 * 1.4 ** np.arange(10) / (6 * N)) for N in np.geomspace(3e7, 9e8, 9)],
        [rows(N, [20 * N]) for N in np.geomspace(3e7, 9e8, 12)],
        [curve(1e8, B=2.0**16 * np.arange(1, 21)).assign(loss=3.1), curve(2e8).assign(loss=2.9)],
    ],
    ids=["doubled", "few", "isoFLOP", "one each", "steps to one loss"],
)
def test_designs_of_finished_runs_are_neither_reduced_nor_doubted(parts):
    assert found(*parts) == (None, "")


def budgets(**others):
    """Eight sizes at the same evenly spaced FLOPs."""
    return [rows(N, 1e18 * np.arange(1, 9) / (6 * N), **others) for N in np.geomspace(3e7, 9e8, 8)]


def test_evenly_spaced_budgets_are_a_design():
    assert found(*budgets()) == (None, "")


def test_a_setting_of_each_row_is_a_difference():
    lr = 10 ** np.random.default_rng(1).uniform(-4, -3, 20)
    known, doubt = found(*(curve(N, lr=lr) for N in (3e7, 2e8)))
    assert known is None and "evenly spaced" in doubt and "lr differs" in doubt
    curves = [curve(N, lr=3e-4, time=np.arange(20) ** 1.1, epoch=np.arange(20) // 9) for N in SIZES]
    assert sizes(found(*curves)[0]) == [20] * len(SIZES)
    counted = [curve(N, thousands=2.1e5 * np.arange(1, 21)) for N in SIZES]
    assert sizes(found(*counted)[0]) == [20] * len(SIZES)


def test_the_same_tokens_a_parameter_for_each_size_are_a_design_to_ask_about():
    design = [rows(N, N * np.arange(5, 31, 5)) for N in SIZES]
    known, doubt = found(*design)
    assert known is None and "every N has the same D/N" in doubt
    assert sizes(found(design[0])[0]) == [6]
    many = [rows(N, N * np.arange(1, 21)) for N in SIZES]  # no design has so many
    assert sizes(found(*many)[0]) == [20] * len(SIZES)


def test_numbers_of_jobs_keep_their_digits():
    parts = [curve(N, run=12345678 + i) for i, N in enumerate((3e7, 3e7, 3e7))]
    known, _ = found(*parts)
    assert known.names == ["12345678", "12345679", "12345680"] and sizes(known) == [20] * 3


def test_a_label_that_stands_for_runs_of_two_sizes():
    names = ["a", "a", *"bcdefg"]
    parts = [curve(N, run=name) for N, name in zip(np.geomspace(3e7, 3e9, 8), names, strict=True)]
    known, _ = found(*parts)
    assert known.names == ["a, 30M", "a, 57.9M", *"bcdefg"] and sizes(known) == [20] * 8
    final(*parts, count=8)


@pytest.mark.parametrize("name", ["", None])
def test_rows_without_a_label_are_seen_beside_named_curves(name):
    parts = [curve(N, run=f"r{N:.0e}") for N in np.geomspace(3e7, 3e9, 8)]
    known, _ = found(*parts, curve(5e9, run=name))
    assert sizes(known) == [20] * 9 and known.names[-1] == "5B"
    assert final(*parts, curve(5e9, run=name), count=9).warnings == ()
    numbered = [part.assign(run=float(i)) for i, part in enumerate(parts)]
    assert "5B" in final(*numbered, curve(5e9, run=np.nan), count=9).labels("run")
    lone = final(*parts, rows(5e9, [1e10], run=name), count=9)
    assert lone.warnings == ()


def test_rows_without_a_label_that_cannot_be_known_are_doubted():
    parts = [curve(N, run=f"r{N:.0e}") for N in np.geomspace(3e7, 3e9, 8)]
    dense = rows(5e9, 5e9 * np.geomspace(2, 200, 30), run="")
    (warning,) = final(*parts, dense, count=38).warnings
    assert "each row without a label is taken as a run" in warning


@pytest.mark.parametrize("names", [True, False])
def test_sizes_are_equal_to_a_millionth(names):
    parts = [curve(N, run=f"r{N:.0e}") for N in np.geomspace(3e7, 3e9, 8)]
    for part in parts:
        part["N"] *= 1 + 1e-12 * np.arange(20)
    if not names:
        parts = [part.drop(columns="run") for part in parts]
    final(*parts, count=8)


def final(*parts, count):
    """The final rows, checked for their number and for what a second call makes of them."""
    table = from_frame(pd.concat(parts, ignore_index=True), "t")
    for kind in ("curve", "final"):
        once = explained(table, kind)
        again = explained(once, kind)
        pd.testing.assert_frame_equal(once.table, again.table)
        assert (once.left_out, once.warnings) == (again.left_out, again.warnings)
    assert len(once) == count
    return once


FINISHED = [
    "chinchilla_epoch",
    "pile_table_cerebras",
    "gadre_overtrain",
    "datablations",
    "olmo_ladder",
    "diloco_table",
    "kempner_isoflop",
    "llama3_isoflop",
    "porian_isoflop",
    "marin_isoflop",
    "xlstm_isoflop",
    "clark_routed",
    "cbs_steps_to_target",
]
CURVES = dict(  # runs; those of GPT-3 have a loss in training and one in validation
    gpt3_curves=16,
    opt_curves=6,
    gemstones_curves=82,
    olmo_ladder_curves=33,
    mpl_lr_schedule_curves=27,
)


def shared(folder, name):
    """A reference table with canonical columns."""
    table = pd.read_csv(folder / f"{name}.csv").dropna(subset="loss")
    if "N" not in table:
        table = table.rename(columns={"N_total": "N"})
    if "D" not in table:
        table = table.assign(D=2.0**20 * table["step"])
    return checked(table, name, "row")[0]


@pytest.mark.parametrize("name", FINISHED)
def test_real_tables_of_finished_runs(shared_data, name):
    table = shared(shared_data, name)
    core = ["N", "D", "C", "loss"]
    for seen in (table, table.drop(columns="run"), table[core]):
        assert units.find(seen) is None and units.doubt(seen) == ""


@pytest.mark.parametrize("name", CURVES)
def test_real_tables_of_curves(shared_data, name):
    table = shared(shared_data, name)
    known = units.find(table)
    assert known is not None and (len(known.names), known.column) == (CURVES[name], "run")
    for less in (table.drop(columns="run"), table[["N", "D", "C", "loss"]]):
        found = units.find(less)  # a seed repeated without a mark can be no run of its own
        assert units.doubt(less) if found is None else len(found.names) >= CURVES[name] - 1


def test_built_in_tables():
    curves = bayesfit.load("simulated_curves").units
    assert curves is not None and len(curves.names) == 12
    for name in ("pile", "diloco", "simulated_isoflop"):
        runs = bayesfit.load(name)
        assert not runs.is_of_curves and units.doubt(runs.table) == ""
