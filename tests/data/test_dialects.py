"""One table, however a program writes it; and tables that say no number at all."""

import json
import re
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest

from bayesfit import from_frame, read
from bayesfit.errors import InputError

ROWS = [(1e8, 2e9, 3.51), (2e8, 4e9, 3.24), (4e8, 8e9, 3.07)]
PLAIN = [dict(N=N, D=D, loss=loss) for N, D, loss in ROWS]


def text(separator=",", end="\n", number="{:.10g}".format, head=("N", "D", "loss"), tail=""):
    lines = [separator.join(head), *(separator.join(map(number, row)) for row in ROWS)]
    return end.join(line + tail * (i > 0) for i, line in enumerate(lines)) + end


def comma(x):
    return f"{x:.10g}".replace(".", ",")


def thousands(x):
    return f"{x:,.0f}" if x > 10 else f"{x}"


def markdown(number="{:.10g}".format):
    lines = [["N", "D", "loss"], ["---"] * 3, *(map(number, row) for row in ROWS)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


DIALECTS = {
    "semicolons": ("a.csv", text(";")),
    "bars": ("a.csv", text("|")),
    "tabs in a csv": ("a.csv", text("\t")),
    "decimal commas": ("a.csv", text(";", number=comma)),
    "decimal commas by tabs": ("a.tsv", text("\t", number=comma)),
    "quoted thousands": ("a.csv", text(number=lambda x: f'"{thousands(x)}"')),
    "German numbers": ("a.csv", text(";", number=lambda x: f"{x:,.10g}".translate(
        {44: ".", 46: ","}))),
    "Excel's sep=": ("a.csv", "sep=;\n" + text(";")),
    "an answer by name": ("a.json", json.dumps(dict(runs=dict(zip("abc", PLAIN, strict=True))))),
    "trailing commas": ("a.csv", text(tail=",")),
    "comments": ("a.csv", "# a sweep, by me\n" + text() + "# the end\n"),
    "numpy.savetxt": ("a.csv", text(head=("# N", "D", "loss"))),
    "utf-16": ("a.csv", text().encode("utf-16")),
    "Excel's text": ("a.tsv", text("\t", end="\r\n").encode("utf-16")),
    "old Macs": ("a.csv", text(end="\r")),
    "an index": ("a.csv", pd.DataFrame(PLAIN).to_csv()),
    "spaces": ("a.csv", text(", ")),
    "suffixes": ("a.csv", "N,D,loss\n100M,2BT,3.51\n200M,4BT,3.24\n400M,8BT,3.07\n"),
    "units": ("a.csv", "params_M,tokens_B,val_loss\n100,2,3.51\n200,4,3.24\n400,8,3.07\n"),
    "text of Excel": ("a.txt", text("\t", end="\r\n").encode("utf-16")),
    "Excel's sep= in UTF-16": ("a.csv", ("sep=;\r\n" + text(";", end="\r\n")).encode("utf-16")),
    "spaces between words": ("a.txt", text("   ")),
    "numpy.savetxt by spaces": ("a.txt", text(" ", head=("# N", "D", "loss"))),
    "Markdown": ("a.md", "# Runs\n\nAs of today:\n\n" + markdown() + "\nThat is all | for now.\n"),
    "Markdown without outer bars": ("a.md", "N|D|loss\n-|-:|:-:\n" + text("|").partition("\n")[2]),
    "Markdown pasted": ("a.csv", markdown()),
    "Markdown with marks": ("a.md", markdown(number=lambda x: f"**{x:.10g}**")),
    "cp1252": ("a.csv", text(head=("N", "D", "loss"), tail=",").replace(",\n", ",größe\n").replace(
        "loss\n", "loss,note\n").encode("cp1252")),
    "a list": ("a.json", json.dumps(PLAIN)),
    "columns": ("a.json", json.dumps(pd.DataFrame(PLAIN).to_dict("list"))),
    "pandas": ("a.json", pd.DataFrame(PLAIN).to_json()),
    "pandas by index": ("a.json", pd.DataFrame(PLAIN).to_json(orient="index")),
    "pandas split": ("a.json", pd.DataFrame(PLAIN).to_json(orient="split")),
    "pandas table": ("a.json", pd.DataFrame(PLAIN).to_json(orient="table")),
    "runs by name": ("a.json", json.dumps(dict(zip("abc", PLAIN, strict=True)))),
    "an answer": ("a.json", json.dumps(dict(project="x", runs=PLAIN))),
    "lines": ("a.jsonl", "\n\n".join(map(json.dumps, PLAIN))),
    "lines called json": ("a.json", "\n".join(map(json.dumps, PLAIN))),
    "nested": ("a.json", json.dumps([dict(config=dict(n_params=x["N"], n_tokens=x["D"]),
                                          summary=dict(val_loss=x["loss"])) for x in PLAIN])),
}  # fmt: skip


def written(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_same_table(tmp_path, dialect):
    runs = read(written(tmp_path, *DIALECTS[dialect]))
    np.testing.assert_allclose(runs.table[["N", "D", "loss"]], ROWS, rtol=1e-12)


@pytest.mark.parametrize(
    "name, content, said",
    [
        ("a.csv", "N,D,loss\n1e8,2e9,3.5,7\n", "line 2 has 4 cells and the headings 3"),
        ("a.csv", 'N,loss\n"1,234",3\n', "1,234 could be 1.234 or 1234"),
        ("a.json", "[1, 2]", "holds no list of runs"),
        ("a.json", "{", "cannot read"),
        ("a.json", " ", "is empty"),
        ("a.jsonl", '{"N": 1}\nx\n', "line 2 is no JSON"),
        ("a.jsonl", "[1]\n", "line 1 is no run"),
        ("a.csv", "N,D,loss\n1e8,2e9,\n", "no run has a loss"),
        ("a.csv", 'N,D,loss\n1e8,2e9,3.1\n1e8,"4e9,3.0\n1e8,5e9,2.9\n', "is a quote left open"),
        ("a.csv", 'N,D,loss,x\n"1,300,000","2,500,000",3.1,"0,5"\n', "separate thousands in"),
        ("a.json", '[{"N": 1e8, "D": 1e9, "loss": 3, "N": 5e8}]', "two values called N"),
        ("a.json", '{"columns": ["N", "loss"], "data": [[1], [2, 3]]}', "other lengths"),
        ("a.json", "[" * 100000, "nested too deep"),
        ("a.jsonl", "[" * 100000, "nested too deep"),
        ("a.json", '[{"N": 1e8, "D": 1e9, "loss": true}]', "loss is True, which is not a|'True'"),
        ("a.csv", "N,D,ppl\n1e8,1e9,0.5\n", "ppl is 0.5, not above 1"),
        ("a.csv", "N,D,loss\n1e200,1e200,3\n", "line 2: its C would be inf"),
        ("a.csv", "1e8,2e9,3.5\n2e8,2e9,3.4\n", "holds numbers, not headings"),
        ("a.csv", "N,loss\n1e8,3\n".encode("utf-16-le"), "not text in UTF-8"),
        ("a.csv", b"N,loss\n\x81\x05,3\n", "not text in UTF-8"),
        ("a.csv", "My sweep, in July\nN,D,loss\n1e8,2e9,3.1\n", "is a title, 'My sweep, in July'"),
        ("a.csv", "My sweep\nN;D;loss\n1e8;2e9;3,1\n", "is a title, 'My sweep', and no headings"),
        ("a.csv", "version https://git-lfs.github.com/spec/v1\noid x\n", "run git lfs pull"),
        ("a.parquet", "version https://git-lfs.github.com/spec/v1\noid x\n", "run git lfs pull"),
        ("a.md", "# Runs\n\nnone yet\n", "a.md holds no tables"),
        ("a.md", "a|b\n-|-\n1|2\n\nc|d\n-|-\n3|4\n", "a.md holds 2 tables: leave one"),
        ("a.md", "a|b\n-|-\n1|2|3\n", "line 3 has 3 cells"),
    ],
)
def test_a_table_that_cannot_be_read(tmp_path, name, content, said):
    with pytest.raises(InputError, match=said):
        read(written(tmp_path, name, content))


def test_runs_that_crashed_are_left_out_and_named(tmp_path):
    content = "N,D,loss\n1e8,2e9,3.5\n1e8,2e9,\n2e8,4e9,nan\n2e8,4e9,3.2\n"
    runs = read(written(tmp_path, "a.csv", content))
    assert list(runs["loss"]) == [3.5, 3.2]
    assert runs.left_out == (
        "2 runs left out, without a loss or with one that is not finite: a.csv, lines 3, 4",
    )


@pytest.mark.parametrize(
    "change, said",
    [
        (dict(N=[100.0, 2000.0, 2e4]), "tokens per parameter: N or D, or the C"),
        (dict(N=[0.4, 2e8, 4e8]), r"row 0: N is more than 1000 times away"),
        (dict(state=["finished", "crashed", "running"]), r"row 1, 2: state says crashed, running"),
        (dict(D=[2.0e6, 4e6, 8e6]), "tokens per parameter: N or D, or the C"),
        (dict(N=[1e16, 2e16, 4e16], D=[1e16, 2e16, 4e16]), "N goes up to 4e.16: it is in another"),
        (dict(N=[1.3, 700.0, 2e5], D=[1.3e5, 7e5, 2e6]), "row 0, 1: N is below 1000"),
        (dict(model=["a", "b", "Mean"]), r"row 2: model says Mean, as a line below a sheet"),
        (dict(C=[4e18, 1.6e19, 6.4e19]), "C is 3.3 times 6 N D"),
        (dict(C=[1.2e18, 4.8e18, 1.92e20]), r"goes from 1 to 10 .*row 2\): its FLOPs"),
    ],
)
def test_a_unit_that_must_be_wrong_is_a_warning(change, said):
    (warning,) = from_frame(pd.DataFrame(PLAIN).assign(**change)).warnings
    assert re.search(said, warning)


def test_a_run_may_be_called_by_any_text(tmp_path):
    """Number signs in rows; marks that some programs take for the end of a line are spaces."""
    names = ["#2", "a\x85b", "c\u2028d"]
    named = list(zip(names, PLAIN, strict=True))
    lines = [f"{name},{row['N']},{row['D']},{row['loss']}" for name, row in named]
    runs = read(written(tmp_path, "a.csv", "\n".join(["run,N,D,loss", *lines])))
    assert list(runs["run"]) == ["#2", "a b", "c d"]
    rows = "\n".join(json.dumps(dict(row, run=x), ensure_ascii=False) for x, row in named)
    assert list(read(written(tmp_path, "a.jsonl", rows))["run"]) == ["#2", "a b", "c d"]


@pytest.mark.parametrize(
    "column",
    [
        pd.to_datetime(["2024-01-01", "2024-01-02"]),
        pd.to_timedelta([1, 2], unit="D"),
        [1 + 2j, 3.0],
        [True, False],
        pd.period_range("2024-01", periods=2, freq="M"),
    ],
)
def test_what_is_no_number_is_not_read_as_one(column):
    frame = pd.DataFrame(dict(N=column, D=1e9, loss=3.0))
    with pytest.raises(InputError, match="row 0: N is "):
        from_frame(frame)


@pytest.mark.parametrize("digits", [309, 400, 5000])
def test_a_number_beyond_every_float_is_named(tmp_path, digits):
    """Beyond 4300 digits Python itself refuses to read one."""
    text = "1" + "0" * digits
    rows = '[{"N": %s, "D": 1e9, "loss": 3.0}, {"N": 1e8, "D": 1e9, "loss": 2.9}]'
    with pytest.raises(InputError, match="line 1: N is '1000"):
        read(written(tmp_path, "a.json", rows % text))


def test_a_number_beyond_every_float_in_python():
    columns = dict(N=[10**400, 1e8], D=1e9, loss=[3.0, 2.9])
    runs = [dict(N=10**400, D=1e9, loss=3.0), dict(N=1e8, D=1e9, loss=2.9)]
    for given in (columns, runs):
        with pytest.raises(InputError, match="row 0: N is "):
            from_frame(given)


def test_twenty_thousand_columns_are_read():
    wide = pd.DataFrame({f"x_{i}": [1.0, 2.0] for i in range(20000)} | PLAIN[0])
    assert len(from_frame(wide).columns) == 20004


def test_a_dict_of_columns_is_a_frame_too():
    assert len(from_frame(dict(N=[1e8, 2e8], D=1e10, loss=[3.0, 2.9]))) == 2
    with pytest.raises(InputError, match="is no DataFrame and no dict"):
        from_frame(3)


@pytest.mark.parametrize("bad", ["", "n/a", "huge", "0", "-1e8", "inf"])
@pytest.mark.parametrize("column", [0, 1, 2], ids=["N", "D", "C"])
def test_a_run_whose_size_cannot_be_read_is_left_out_and_named(tmp_path, column, bad):
    rows = [[f"{x:g}" for x in (N, D, 6 * N * D, loss)] for N, D, loss in [*ROWS, *ROWS]]
    rows[4][column] = bad
    lines = "\n".join(",".join(row) for row in rows)
    runs = read(written(tmp_path, "a.csv", f"n_params,n_tokens,flops,loss\n{lines}\n"))
    assert len(runs) == 5
    name, heading = "NDC"[column], ("n_params", "n_tokens", "flops")[column]
    (sentence,) = runs.left_out
    assert sentence.startswith(
        f"1 run left out, without {name} above zero: a.csv, line 6 ({heading}"
    )


def test_the_first_evaluation_of_a_curve_has_seen_no_token():
    """At step 0 there are no tokens: the rows are left out, not the table."""
    D = np.arange(0, 6) * 1e9
    frame = pd.DataFrame(dict(run="a", N=1e8, step=D / 1e6, D=D, loss=11 - D / 1e9))
    runs = from_frame(pd.concat([frame, frame.assign(run="b", N=2e8)]))
    assert len(runs) == 10 and runs.left_out[0].startswith("2 runs left out, without D above zero")


def test_a_column_that_is_no_number_in_most_rows_stops_the_table(tmp_path):
    content = "N,D,loss\nsmall,2e9,3.5\nlarge,4e9,3.2\n4e8,8e9,3.1\n"
    with pytest.raises(InputError, match="a.csv, line 2: N is 'small', which is not a number"):
        read(written(tmp_path, "a.csv", content))


def test_another_encoding_is_said(tmp_path):
    runs = read(written(tmp_path, *DIALECTS["cp1252"]))
    assert set(runs["note"]) == {"größe"}
    assert runs.notes[0] == "a.csv is not in UTF-8: read as cp1252"


def test_a_page_beside_tables_is_none_of_them(tmp_path):
    written(tmp_path, *DIALECTS["semicolons"])
    written(tmp_path, "README.md", "# What this is\n")
    written(tmp_path, "notes.txt", "none")
    assert len(read(tmp_path)) == 3


def test_a_sheet_of_excel(tmp_path):
    path = tmp_path / "a.xlsx"
    if not find_spec("openpyxl"):
        path.write_bytes(b"PK")
        with pytest.raises(InputError, match="save the sheet as CSV, or pip install openpyxl"):
            read(path)
        return
    with pd.ExcelWriter(path) as file:
        pd.DataFrame().to_excel(file, sheet_name="empty")
        pd.DataFrame(PLAIN).assign(N=["100M", 2e8, 4e8]).to_excel(
            file, sheet_name="runs", index=False, startrow=2
        )
        pd.DataFrame(dict(x=[1])).to_excel(file, sheet_name="more")
    runs = read(path)
    np.testing.assert_allclose(runs.table[["N", "D", "loss"]], ROWS, rtol=1e-12)
    said = "sheet runs of a.xlsx is read; more left as it is (a.xlsx#more reads that one)"
    assert runs.notes[0] == said
    other = read(tmp_path / "a.xlsx#more", columns=dict(D="x"))
    np.testing.assert_allclose(other["D"], [1.0])
    assert other.name == "a-more" and not any("sheet" in note for note in other.notes)
    with pytest.raises(InputError, match="no sheet 'gone'; it has runs, more"):
        read(tmp_path / "a.xlsx#gone")
    path.write_bytes(b"no sheet")
    with pytest.raises(InputError, match=r"cannot read .*a.xlsx: "):
        read(path)


def test_a_row_below_an_empty_line_of_a_markdown_table_is_not_lost(tmp_path):
    head = "| run | N | D | loss |\n|---|---|---|---|\n"
    rows = [f"| r{i} | {i}e8 | {i}e10 | {3 - i / 10} |\n" for i in range(1, 5)]
    (tmp_path / "a.md").write_text("\n".join(["# Runs", "", head + "".join(rows[:2]), rows[2]]))
    with pytest.raises(InputError, match="line 8 has bars and stands below the end of the table"):
        read(tmp_path / "a.md")
    (tmp_path / "b.md").write_text(head + "".join(rows) + "\nThat is all.\n")
    assert len(read(tmp_path / "b.md")) == 4


@pytest.mark.parametrize(
    "head, first",
    [
        ("#Params,#Tokens,Loss", "60M,3B,3.3"),
        ("#,Params,Tokens,Loss", "0,6e7,3e9,3.3"),
        ("# run,params,tokens,loss", "a,6e7,3e9,3.3"),
        ("# of 512, by me, at 3e9\nparams,tokens,loss", "60M,3B,3.3"),
        ("# a sweep, by me,\nparams,tokens,loss", "60M,3B,3.3"),
    ],
)
def test_headings_may_begin_with_a_number_sign(tmp_path, head, first):
    path = written(tmp_path, "a.csv", f"{head}\n{first}\n{first.replace('3.3', '3.1')}\n")
    runs = read(path)
    assert list(runs["N"]) == [6e7] * 2 and list(runs["D"]) == [3e9] * 2
    assert list(runs["loss"]) == [3.3, 3.1]


def test_rows_that_are_commented_out_are_left_out_and_counted(tmp_path):
    rows = ["N,D,loss", "1e8,2e9,3.5", "# 2e8,4e9,3.2", "#4e8,8e9,3.1", "# a word", "8e8,2e10,2.9"]
    runs = read(written(tmp_path, "a.csv", "\n".join(rows)))
    np.testing.assert_allclose(runs["N"], [1e8, 8e8])
    assert runs.notes[0] == "2 rows are commented out by # and left out: lines 3, 4"
    spaced = "\n".join(row.replace(",", " ") for row in rows)
    assert "2 rows are commented out" in read(written(tmp_path, "b.txt", spaced)).notes[0]


@pytest.mark.parametrize(
    ("names", "kept"), [("base #2 #3b", 3), ("base #2 #big", 1), ("1 #2 #3", 1)]
)
def test_runs_may_be_called_by_numbers_with_a_hash(tmp_path, names, kept):
    rows = [f"{name},{i}e8,4e9,{3 - i / 10}" for i, name in enumerate(names.split(), 1)]
    runs = read(written(tmp_path, "a.csv", "\n".join(["run,N,D,loss", *rows])))
    assert len(runs) == kept


@pytest.mark.parametrize("heading", ["steps", "N", "tokens", "flops"])
def test_counts_with_three_digits_after_a_decimal_comma_are_asked_about(tmp_path, heading):
    rows = [f"{heading};x;loss", "125,000;1;3,14", "250,000;2;3,05"]
    with pytest.raises(InputError, match=f"125,000 in {heading} could be 125.000 or 125000"):
        read(written(tmp_path, "a.csv", "\n".join(rows)))


def test_a_column_of_decimals_with_three_digits_is_read_by_the_others(tmp_path):
    rows = ["N_B;D;lr;loss", "0,125;2e9;1,250;3,140", "1,500;4e9;1,125;3,050"]
    runs = read(written(tmp_path, "a.csv", "\n".join(rows)))
    np.testing.assert_allclose(runs["N"], [0.125e9, 1.5e9])
    np.testing.assert_allclose(runs["loss"], [3.14, 3.05])
    np.testing.assert_allclose(runs["lr"], [1.25, 1.125])


@pytest.mark.parametrize("mark", ["\ufeff\ufeff", "\u200b", "\u00a0", "\u2060\u00ad"])
def test_what_nobody_sees_is_no_part_of_a_heading(tmp_path, mark):
    runs = read(written(tmp_path, "a.csv", f"{mark}N,D{mark},loss\n1e8,2e9,3.5\n2e8,4e9,3.2\n"))
    assert {"N", "D", "loss"} <= set(runs.columns)
    assert "N" in from_frame({f"{mark.strip()}N": [1e8], "D": [2e9], "loss": [3.5]}).columns
