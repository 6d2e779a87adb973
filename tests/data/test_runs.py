"""The table at the door: what is read, what is refused and in which words."""

import gzip
import pickle
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayesfit.data.runs import as_inputs, as_runs, from_frame, read
from bayesfit.data.values import as_labels
from bayesfit.datasets import load
from bayesfit.errors import InputError

GOOD = "N,D,loss,family\n1e8,2e9,3.5,x\n2e8,4e9,3.2,y\n4e8,8e9,3.0,y\n"


def written(tmp_path, text, name="runs.csv"):
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def complaint(tmp_path, text, name="runs.csv"):
    with pytest.raises(InputError) as error:
        read(written(tmp_path, text, name))
    message = str(error.value)
    assert "\n" not in message
    return message


def test_canonical_columns_come_first_as_float64_and_others_are_kept(tmp_path):
    runs = read(written(tmp_path, GOOD))
    assert runs.columns == ["N", "D", "C", "loss", "family"]
    assert all(runs[c].dtype == np.float64 for c in ("N", "D", "C", "loss"))
    assert list(runs["family"]) == ["x", "y", "y"]
    assert list(runs.table.index) == [0, 1, 2]
    assert (runs.name, len(runs)) == ("runs", 3)


def test_missing_C_is_6ND_and_said(tmp_path):
    runs = read(written(tmp_path, GOOD))
    np.testing.assert_array_equal(runs["C"], 6 * runs["N"] * runs["D"])
    assert any("6 N D" in note for note in runs.notes)


def test_missing_D_is_C_over_6N_and_said(tmp_path):
    runs = read(written(tmp_path, "N,C,loss\n1e8,1.2e18,3.5\n2e8,3e18,3.2\n"))
    np.testing.assert_allclose(runs["D"], [2e9, 2.5e9], rtol=1e-15)
    assert any("C / (6 N)" in note for note in runs.notes)


def test_given_C_is_not_overwritten(tmp_path):
    runs = read(written(tmp_path, "N,D,C,loss\n1e8,2e9,1.5e18,3.5\n"))
    assert runs["C"][0] == 1.5e18
    assert not runs.notes


@pytest.mark.parametrize(
    "name, text",
    [
        ("runs.tsv", GOOD.replace(",", "\t")),
        ("runs.csv", "\ufeff" + GOOD),
        ("runs.csv", GOOD.replace("\n", "\r\n")),
        ("runs.csv", GOOD.replace(",", " , ")),
        ("runs.csv.gz", gzip.compress(GOOD.encode())),
        ("runs.csv", GOOD.replace("2e8", "\n2e8")),
    ],
    ids=["tsv", "bom", "crlf", "spaces", "gzip", "blank line"],
)
def test_the_same_table_however_it_is_written(tmp_path, name, text):
    assert read(written(tmp_path, text, name)).sha256 == read(written(tmp_path, GOOD)).sha256


def test_other_headings_are_understood_and_said(tmp_path):
    runs = read(written(tmp_path, "Params,tokens,FLOPs,Loss\n1e8,2e9,1.2e18,3.5\n"))
    assert runs.columns == ["N", "D", "C", "loss"]
    assert "column 'Params' read as N" in runs.notes


def test_an_exact_heading_wins_over_a_synonym(tmp_path):
    runs = read(written(tmp_path, "N,params,D,loss\n1e8,9e9,2e9,3.5\n"))
    assert runs["N"][0] == 1e8
    assert runs["params"][0] == 9e9


@pytest.mark.parametrize(
    "bad, said",
    [
        ("0", "0, which is not above zero"),
        ("-3", "-3, which is not above zero"),
        ("nan", "nan, which is not a finite number"),
        ("inf", "inf, which is not a finite number"),
        ("1e999", "1e999, which is not a finite number"),
        ("1.3 dozen", "'1.3 dozen', which is not a number"),
        ("1,000", "'1,000', which is not a number"),
        ("", "empty"),
    ],
)
@pytest.mark.parametrize("column", ["N", "D", "loss", "C"])
def test_a_bad_value_is_named_with_column_line_and_value(tmp_path, column, bad, said):
    cells = dict(N="2e8", D="4e9", C="5e18", loss="3.2") | {column: bad}
    text = "N;D;C;loss\n1e8;2e9;1.2e18;3.5\n\n" + ";".join(cells.values()) + "\n"
    if bad == "1,000":
        assert "1,000 could be 1.000 or 1000; write it without a comma" in complaint(tmp_path, text)
    elif (column == "loss" and "finite" in said + bad) or (column, bad) == ("loss", ""):
        (sentence,) = read(written(tmp_path, text)).left_out
        assert sentence.startswith("1 run left out") and sentence.endswith("runs.csv, line 4")
    else:
        assert complaint(tmp_path, text).startswith(f"runs.csv, line 4: {column} is {said}")


def test_missing_columns_are_named_with_those_present(tmp_path):
    runs = read(written(tmp_path, "width,D,score\n1,2,3\n"))
    with pytest.raises(InputError, match=r"no column N \(parameters\), loss \(nats"):
        runs.require(["N", "D", "loss"])


def test_a_table_needs_no_column_that_its_law_does_not_read(tmp_path):
    runs = read(written(tmp_path, "N,loss\n1e8,3\n1e9,2.5\n"))
    assert runs.columns == ["N", "loss"] and not runs.is_of_curves and not runs.notes
    with pytest.raises(InputError, match=r"no column D \(tokens\)"):
        runs.require(["N", "D"])
    assert "N 100M to 1B" in repr(runs)


def test_ambiguous_headings_are_refused(tmp_path):
    assert "params, parameters" in complaint(tmp_path, "params,parameters,D,loss\n1,2,3,4\n")
    assert "two columns called N" in complaint(tmp_path, "N,N,D,loss\n1,2,3,4\n")


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("N,D,loss\n", "no runs"),
        (b"\xff\x80\x00N", "cannot read"),
        ("N,D,loss\n1,2,3,4,5\n", "cannot read"),
    ],
    ids=["nothing", "blank", "only a header", "not text", "ragged"],
)
def test_files_without_a_table(tmp_path, text, said):
    assert said in complaint(tmp_path, text)


def test_paths_that_are_no_table(tmp_path):
    for path, said in [
        (tmp_path / "gone", "or a folder of such files"),
        (tmp_path / "gone.csv", "there is no file"),
        (tmp_path / "runs.ods", "use .csv, .tsv, .*, .markdown or .parquet"),
    ]:
        with pytest.raises(InputError, match=said):
            read(path)


def test_parquet(tmp_path):
    path = tmp_path / "runs.parquet"
    if not find_spec("pyarrow"):
        path.touch()
        with pytest.raises(InputError, match=r"bayesfit-scaling\[parquet\]"):
            read(path)
        return
    frame = read(written(tmp_path, GOOD)).table
    frame.to_parquet(path)
    assert read(path).sha256 == from_frame(frame).sha256


def test_a_frame_is_checked_too_and_its_row_labels_are_named():
    frame = pd.DataFrame(dict(N=[1e8, None], D=[2e9, 3e9], loss=[3.0, 3.0]), index=[10, 20])
    with pytest.raises(InputError, match="table, row 20: N is nan"):
        from_frame(frame)


def test_what_looks_wrong_is_a_warning():
    good = pd.DataFrame(dict(N=[1e8, 2e8], D=[2e9, 4e9], loss=[3.5, 3.2]))
    assert from_frame(good).warnings == ()
    twice = pd.concat([good, good.tail(1)], ignore_index=True)
    for frame, said in [
        (twice, "duplicate"),
        (good.assign(loss=[33.0, 24.0]), "perplexity"),
        (good.assign(N=[100.0, 200.0]), "single parameters"),
        (good.assign(C=[1.4e-2, 5.5e-2]), "PF-days"),
    ]:
        (warning,) = from_frame(frame).warnings
        assert said in warning
    assert len(from_frame(twice.assign(run=["a", "b", "c"])).warnings) == 1
    assert from_frame(twice.assign(router=["a", "b", "c"])).warnings == ()  # one for each


def test_hash_is_of_the_values_and_not_of_the_order_of_columns():
    frame = pd.DataFrame(
        dict(N=[1e8, 2e8], D=[2e9, 4e9], loss=[3.5, 3.2], family=["x", "y"], B=8.0)
    )
    one = from_frame(frame)
    assert one.sha256 == from_frame(frame[["B", "family", "loss", "D", "N"]], name="other").sha256
    assert one.sha256 != from_frame(frame.assign(loss=[3.5, 3.2000000000000006])).sha256
    assert one.sha256 != from_frame(frame.assign(family=["x", "z"])).sha256


def test_split_by_numbers_and_words(tmp_path):
    runs = read(written(tmp_path, GOOD))
    small, large = runs.split("N < 4e8")
    assert list(small["N"]) == [1e8, 2e8]
    assert list(large["N"]) == [4e8]
    assert list(large.table.index) == [0]
    some, others = runs.split("family == 'y' and N<=2e8")
    assert (list(some["N"]), len(others)) == ([2e8], 2)
    assert len(runs.split('family != "y"')[0]) == 1


@given(st.lists(st.floats(1e6, 1e12), min_size=2, unique=True), st.data())
def test_split_loses_no_run(sizes, data):
    cut = data.draw(st.sampled_from(sorted(sizes)[1:]))
    runs = from_frame(pd.DataFrame(dict(N=sizes, D=1e10, loss=3.0)))
    below, above = runs.split(f"N < {cut!r}")
    assert below["N"].max() < cut <= above["N"].min()
    assert len(below) + len(above) == len(runs)


@pytest.mark.parametrize(
    "condition, complaint",
    [
        ("S < 3", "column 'S'.*it has N, D, C, loss, family"),
        ("N < 1", "no run"),
        ("N > 1", "every run"),
    ],
)
def test_splits_that_cannot_be_made(tmp_path, condition, complaint):
    with pytest.raises(InputError, match=complaint):
        read(written(tmp_path, GOOD)).split(condition)


def test_require_names_what_is_missing_and_what_is_there(tmp_path):
    runs = read(written(tmp_path, GOOD))
    runs.require(["N", "loss"])
    runs.require(["family"], numbers=False)
    with pytest.raises(InputError, match="no column S, B; it has N, D, C, loss, family"):
        runs.require(["N", "S", "B"])
    with pytest.raises(InputError, match="run 1 of 3: family is 'x'"):
        runs.require(["family"])
    with pytest.raises(InputError, match="no column S"):
        _ = runs["S"]
    columns = runs.table.to_dict("list") | {f"x{i}": [1.0] * 3 for i in range(100)}
    many = from_frame(pd.DataFrame(columns))
    with pytest.raises(InputError, match="x13, x14 and 85 more: add"):
        many.require(["S"])


def test_subset_says_why(tmp_path):
    runs = read(written(tmp_path, GOOD)).subset(np.array([True, False, True]), "one was left out")
    assert (len(runs), runs.left_out) == (2, ("one was left out",))


def test_runs_survive_pickling(tmp_path):
    runs = read(written(tmp_path, GOOD))
    assert pickle.loads(pickle.dumps(runs)).sha256 == runs.sha256


def test_pf_days_become_flops():
    frame = pd.DataFrame({"N": [1e9, 2e9], "PF-days": [1.0, 2.0], "loss": [2.5, 2.4]})
    runs = from_frame(frame)
    np.testing.assert_allclose(runs["C"], [8.64e19, 1.728e20])
    np.testing.assert_allclose(runs["D"], runs["C"] / (6 * runs["N"]))
    assert "PF-days" in runs.notes[0] and "PF-days" not in runs.columns
    with pytest.raises(InputError, match="PF-days is 0, which is not above zero"):
        from_frame(frame.assign(**{"PF-days": [0, 1]}))


def test_a_table_is_called_by_its_whole_name(tmp_path):
    names = [read(written(tmp_path, GOOD, f"7-sweep.v{k}.csv")).name for k in (1, 2)]
    assert names == ["7-sweep.v1", "7-sweep.v2"]
    assert read(written(tmp_path, GOOD, "a-6.7B.csv")).name == "a-6.7B"
    assert read(written(tmp_path, GOOD), name="mine").name == "mine"


COLUMNS = dict(N=[1e8, 2e8, 4e8], D=[2e9, 4e9, 8e9], loss=[3.5, 3.2, 3.0], family=["x", "y", "y"])


class Polars:
    """What bayesfit knows of a polars frame: columns as lists, and a pandas that needs pyarrow."""

    def to_dict(self, as_series=True):
        assert not as_series
        return COLUMNS

    def to_pandas(self):
        raise ModuleNotFoundError("pyarrow")


class LazyPolars:
    def collect_schema(self):
        return list(COLUMNS)

    def lazy(self):
        return self

    def collect(self):
        return Polars()


class Arrow:
    def to_pydict(self):
        return COLUMNS

    def to_pandas(self):
        return pd.DataFrame(COLUMNS)


def forms():
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in zip(*COLUMNS.values(), strict=True)]
    arrays = {name: np.array(x) for name, x in COLUMNS.items()}
    return [pd.DataFrame(COLUMNS), COLUMNS, arrays, rows, Polars(), LazyPolars(), Arrow()]


@pytest.mark.parametrize("form", forms(), ids=lambda x: type(x).__name__)
def test_runs_from_whatever_holds_a_table(tmp_path, form):
    expected = read(written(tmp_path, GOOD))
    assert as_runs(form).sha256 == expected.sha256
    assert as_runs(form).name == "table" and as_runs(form, "mine").name == "mine"


@pytest.mark.parametrize("library", ["polars", "pyarrow"])
def test_runs_from_the_libraries_themselves(tmp_path, library):
    made = pytest.importorskip(library)
    form = made.DataFrame(COLUMNS) if library == "polars" else made.table(COLUMNS)
    assert as_runs(form).sha256 == read(written(tmp_path, GOOD)).sha256


def test_runs_from_runs_and_paths(tmp_path):
    path = written(tmp_path, GOOD)
    runs = as_runs(path)
    assert as_runs(runs) is runs and as_runs(str(path)).sha256 == runs.sha256
    assert as_runs(runs, "mine").name == "mine"


def test_one_number_stands_for_every_row():
    runs = as_runs(dict(N=[1e8, 2e8], D=1e10, loss=[3.0, 2.8], family="x"))
    assert runs["D"].tolist() == [1e10, 1e10] and runs.labels("family") == ["x"]


@pytest.mark.parametrize(
    "x, complaint",
    [
        (3, "an int is no table of runs.*bayesfit.from_frame.*bayesfit.read"),
        ([3.5, 3.2], "a list is no table"),
        (None, "a NoneType is no table"),
        (dict(N=[1e8, 2e8], D=[1e9], loss=3.0), r"different lengths \(N 2, D 1\)"),
        (dict(N=[[1e8], [2e8]], D=1e9, loss=3.0), "column N has 2 dimensions"),
        (dict(N=[1e8, [2e8]], D=1e9, loss=3.0), "column N holds lists"),
        (dict(N={1e8}, D=1e9, loss=3.0), "column N is a set"),
        ({}, "no columns: a table of runs has headings"),
    ],
)
def test_what_is_no_table(x, complaint):
    with pytest.raises(InputError, match=complaint) as error:
        as_runs(x)
    assert "\n" not in str(error.value)


def test_inputs_of_a_prediction():
    one = as_inputs({"N": 70e9, "D": 1.4e12})
    assert {name: x.tolist() for name, x in one.items()} == {"N": [70e9], "D": [1.4e12]}
    many = as_inputs(dict(params=[1e9, 2e9], tokens=2e10, family="x", loss=None))
    assert list(many) == ["N", "D", "family", "loss"]
    assert many["N"].dtype == np.float64 and many["D"].tolist() == [2e10, 2e10]
    assert many["family"].tolist() == ["x", "x"]
    assert as_inputs(pd.DataFrame(dict(N=["1e9"], D=["2e10"])))["D"].tolist() == [2e10]
    runs = as_runs(COLUMNS)
    assert as_inputs(runs)["loss"].tolist() == [3.5, 3.2, 3.0]


@pytest.mark.parametrize(
    "x, complaint",
    [
        ({"N": [1e9, -1], "D": 2e10}, "row 2 to predict: N is -1.0, which is not above zero"),
        ({"N": float("nan"), "D": 1}, "row 1 to predict: N is nan"),
        ({"N": "big", "D": 1}, "N is 'big', which is not a number"),
        ({"N": [1e9, 2e9], "D": [1e9, 2e9, 3e9]}, r"\(N 2, D 3\)"),
        ({}, "nothing to predict"),
        ({"N": [], "D": []}, "nothing to predict"),
        (7, "give a dict such as"),
        ({"n": 1e9, "params": 1e9}, "could each be N"),
    ],
)
def test_inputs_that_cannot_be_used(x, complaint):
    with pytest.raises(InputError, match=complaint):
        as_inputs(x)


def test_a_table_is_shown_in_a_line_or_a_card():
    frame = pd.DataFrame(dict(N=[7e7, 2e10], D=[2e9, 4e11], C=[1e18, 6.2e22], loss=[2.6, 1.7]))
    runs = from_frame(frame.assign(note=["<b>", ""]), "mine", left_out=("one & all",))
    assert repr(runs) == "<Runs mine: 2 runs, N 70M to 20B, C 1e18 to 6e22 FLOPs>"
    card = runs._repr_html_()
    assert "20B" in card and "6.2e22" in card and "&lt;b&gt;" in card and "one &amp; all" in card
    simulated = from_frame(frame.head(1), "mine", simulated=True)
    assert repr(simulated) == "<Runs mine (SIMULATED): 1 run, N 70M, C 1e18 FLOPs>"
    curve = from_frame(pd.concat([frame.assign(run="a", N=1e8), frame.assign(run="b", N=2e8)]))
    assert "2 runs in 4 rows" in repr(curve) and len(repr(runs)) < 100
    assert len(from_frame(pd.concat([frame] * 3000))._repr_html_()) < 5000


def test_a_frame_of_your_own_does_not_change_the_runs():
    runs = as_runs(COLUMNS)
    frame = runs.to_frame()
    frame["N"] = 0.0
    assert runs["N"].tolist() == COLUMNS["N"]


@pytest.mark.parametrize(
    "value, label",
    [
        (12345678.0, "12345678"),
        (12345678901, "12345678901"),
        (1234567, "1234567"),
        (2**60 + 1, "1152921504606846977"),
        (1e21, "1e+21"),
        (3e18, "3e+18"),
        (1.2345678912345e21, "1.2345678912345e+21"),
        (0.1, "0.1"),
        (3e-4, "0.0003"),
        (-2.0, "-2"),
        (True, "1"),
        (float("nan"), "nan"),
        ("7b", "7b"),
    ],
)
def test_labels_are_short_and_read_back(value, label):
    assert as_labels([value]) == [label]


@given(st.lists(st.floats(allow_nan=False), unique=True))
def test_no_two_numbers_share_a_label(values):
    labels = as_labels(values)
    assert [float(label) for label in labels] == values
    assert len(set(labels)) == len(set(values))


def test_ids_with_more_digits_than_a_float_stay_text(tmp_path):
    ids = [12345678901234567890, 12345678901234567891, 12345678901234567892]
    runs = as_runs(COLUMNS | dict(run_id=ids, group=[1234567, 1234568, 1234567]))
    assert runs.labels("run_id") == [str(x) for x in ids]
    assert runs.labels("group") == ["1234567", "1234568"]


@pytest.mark.parametrize(
    "values",
    [1, True, [1, 2, 3], np.array([True, False, True]), [1, None, 2.5], "x", ["x", None, 1]],
)
def test_a_column_more_is_as_one_from_a_file(tmp_path, values):
    runs = as_runs(COLUMNS).with_column("more", values)
    assert runs["more"].dtype in (np.float64, object)
    runs.to_frame().to_csv(tmp_path / "more.csv", index=False)
    assert read(tmp_path / "more.csv").sha256 == runs.sha256


def test_columns_that_cannot_be_added():
    runs = as_runs(COLUMNS)
    with pytest.raises(InputError, match="without a name"):
        runs.with_column("", 1)
    with pytest.raises(InputError, match="more has 2 values for 3 runs"):
        runs.with_column("more", [1, 2])
    with pytest.raises(InputError, match="a column without a name"):
        as_runs(COLUMNS | {"": 1})


def test_the_hash_is_of_values_and_not_of_how_they_are_kept():
    runs = as_runs(COLUMNS)
    one, other = (replace(runs, table=runs.table.assign(k=k)) for k in (1, 1.0))
    assert one.sha256 == other.sha256


@pytest.mark.parametrize(
    "row, cure",
    [
        (
            "1e8,2e9,3.51 ± 0.01",
            "write the number alone, and the standard errors of losses in a column",
        ),
        ("1e8,2e9,3.51+-0.01", "in a column loss_se"),
        ("~110M,2e9,3.51", "(write 110M, without what stands before it)"),
        ("about 110M,2e9,3.51", "(write 110M, without"),
        ("1e8,≈2.1B,3.51", "(write 2.1B, without"),
        ("1e8,plenty,3.51", "(write 1.3e9)"),
    ],
)
def test_a_cell_that_holds_more_than_a_number_is_named_with_its_cure(tmp_path, row, cure):
    message = complaint(tmp_path, f"N,D,loss\n{row}\n{row}\n")
    assert "which is not a number (" in message and cure in message


def test_a_warning_goes_once_its_own_cure_was_followed():
    table = dict(N=[1e8, 2e8, 4e8], D=[2e9, 4e9, 8e9], loss=[3.5, 3.3, 3.1])
    runs = from_frame(table | dict(state=["finished", "crashed", "finished"]))
    (said,) = runs.warnings
    condition = said.partition("--where '")[2].removesuffix("')")
    assert runs.where(condition).warnings == ()
    other = runs.where("N > 1e8")
    assert other.warnings == (said,) and len(other) == 2
    kept = replace(runs, warnings=(*runs.warnings, "of another kind")).where(condition)
    assert kept.warnings == ("of another kind",)


def test_a_table_whose_warnings_were_taken_away_gets_none_back():
    assert load("pile").where("N > 1e9").warnings == ()
