"""A folder as one table: files of one kind or several, and columns from the names of the runs."""

import gzip
import json
import os

import numpy as np
import pytest

import bayesfit
from bayesfit.data.names import example, read_names
from bayesfit.errors import InputError

STEPS = np.arange(200, 1400, 200)
SIZES = {"90M": 9e7, "0.6B": 6e8, "1.7B": 1.7e9}


def loss(N, D):
    return 1.9 + 300 / N**0.33 + 380 / D**0.29


def curve(N, heading="val_loss"):
    """Rows of one run: tokens and loss, N left to its name."""
    D = STEPS * 400_000.0
    return [
        {"step": int(s), "tokens": d, heading: loss(N, d)} for s, d in zip(STEPS, D, strict=True)
    ]


def csv(rows):
    return (
        "\n".join([",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]) + "\n"
    )


WRITERS = {
    ".csv": lambda rows: csv(rows).encode(),
    ".tsv": lambda rows: csv(rows).replace(",", "\t").encode(),
    ".csv.gz": lambda rows: gzip.compress(csv(rows).encode()),
    ".json": lambda rows: json.dumps(rows).encode(),
    ".jsonl": lambda rows: "\n".join(map(json.dumps, rows)).encode(),
}


def written(folder, ending=".csv", name="run_{}_lr3e-4"):
    folder.mkdir(parents=True, exist_ok=True)
    for size, N in SIZES.items():
        (folder / (name.format(size) + ending)).write_bytes(WRITERS[ending](curve(N)))
    return folder


def check(runs):
    """Each of the runs, with the N of its name and its own curve."""
    assert len(runs.units.names) == len(SIZES) and len(runs) == len(SIZES) * len(STEPS)
    assert set(runs["N"]) == set(SIZES.values())
    np.testing.assert_allclose(runs["loss"], loss(runs["N"], runs["D"]), rtol=1e-12)


@pytest.mark.parametrize("ending", WRITERS)
def test_a_file_is_a_run_and_its_name_says_its_size(tmp_path, ending):
    folder = written(tmp_path / "sweep", ending)
    runs = bayesfit.read(folder, names="run_{N}_lr{lr}")
    check(runs)
    assert runs.name == "sweep" and set(runs["lr"]) == {3e-4}
    assert set(runs["run"]) == {f"run_{size}_lr3e-4" for size in SIZES}
    said = "N, lr read from the names of the runs by run_{N}_lr{lr}"
    assert said in runs.notes and "sweep: 3 files read as one table" in runs.notes


def test_files_of_several_kinds_and_sub_folders(tmp_path):
    for (size, N), ending in zip(SIZES.items(), WRITERS, strict=False):
        place = tmp_path / f"seed_{len(ending)}" / f"n{size}{ending}"
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(WRITERS[ending](curve(N)))
    (tmp_path / "read me.pdf").write_text("of the sweep")
    (tmp_path / ".hidden.csv").write_text("not,read\n")
    runs = bayesfit.read(tmp_path, names="seed_{seed}/n{N}")
    check(runs)
    assert f"not read, in {tmp_path.name}: read me.pdf" in runs.notes
    assert set(runs["seed"]) == {4.0, 7.0}
    check(bayesfit.read(tmp_path, names="n{N}"))  # without a slash: of the file's own name


def test_without_a_pattern_the_cure_is_shown(tmp_path):
    folder = written(tmp_path / "sweep")
    runs = bayesfit.read(folder)
    with pytest.raises(InputError, match=r"'run_0.6B_lr3e-4' \(--names 'run_{N}_lr\*'\)"):
        runs.require(["N"])
    check(bayesfit.read(folder, names="run_{N}_lr*"))


def test_a_single_file_may_hold_its_size_in_its_name(tmp_path):
    (tmp_path / "gpt-1.7B.csv").write_text(csv(curve(1.7e9)))
    runs = bayesfit.read(tmp_path / "gpt-1.7B.csv", names="gpt-{N}")
    assert set(runs["N"]) == {1.7e9}
    with pytest.raises(InputError, match="tokens is a column of gpt-1.7B.csv already"):
        bayesfit.read(tmp_path / "gpt-1.7B.csv", names="gpt-{tokens}")


def test_files_of_several_sizes_are_tables_and_no_runs(tmp_path):
    """Finished runs of one size in one file are no curve."""
    for corpus in ("web", "code"):
        rows = [
            dict(N=N, D=D, loss=loss(N, D) + 0.1 * (corpus == "code"))
            for N in SIZES.values()
            for D in (4e9, 9e9, 3e10)
        ]
        (tmp_path / f"{corpus}.csv").write_text(csv(rows))
    runs = bayesfit.read(tmp_path)
    assert not runs.is_of_curves and len(runs) == 18 and set(runs["file"]) == {"web", "code"}


def test_a_run_in_each_file(tmp_path):
    for size, N in SIZES.items():
        done = dict(config=dict(n_params=N, n_tokens=2e10), summary=dict(val_loss=loss(N, 2e10)))
        (tmp_path / f"{size}.json").write_text(json.dumps(done))
    runs = bayesfit.read(tmp_path)
    np.testing.assert_allclose(runs["loss"], loss(runs["N"], 2e10))
    assert set(runs["run"]) == set(SIZES) and not runs.is_of_curves


@pytest.mark.parametrize(
    "name, content, said",
    [
        ("x.csv", csv(curve(1e8, "eval_ppl")), r"x.csv has eval_ppl for loss, and .*run_0.6B"),
        ("x.json", "{", r"cannot read .*x.json"),
        ("x.csv", "", r"x.csv is empty"),
        ("x.csv", csv(curve(1e8)), "the run 'x' is not named as 'run_{N}_lr3e-4' says"),
        (
            "run_2B_lr3e-4.csv",
            "step,tokens,val_loss\n1,2,x\n",
            r"run_2B_lr3e-4.csv line 2: val_loss is",
        ),
    ],
)
def test_a_file_that_does_not_fit_is_named(tmp_path, name, content, said):
    folder = written(tmp_path / "sweep")
    (folder / name).write_text(content)
    with pytest.raises(InputError, match=said) as error:
        bayesfit.read(folder, names="run_{N}_lr3e-4")
    assert "\n" not in str(error.value)


def test_a_folder_without_runs(tmp_path):
    (tmp_path / "weights.bin").write_text("x")
    with pytest.raises(InputError, match="holds no file of runs: put .csv"):
        bayesfit.read(tmp_path)


@pytest.mark.parametrize("pattern", ["run", "{N}{N}", "{}", "{N", "", "{ }", "{N}_{}"])
def test_a_pattern_that_says_nothing(pattern):
    with pytest.raises(InputError, match="cannot read the pattern"):
        read_names(["run_1B"], pattern)


@pytest.mark.parametrize(
    "pattern, found",
    [
        ("*_{N}_{lr}", dict(N="1.3B", lr="3e-4_b")),
        ("{family}/{N}_*", dict(family="opt", N="run")),
        ("run_{N}_3e-4_{other}", dict(N="1.3B", other="b")),
    ],
)
def test_what_a_pattern_reads(pattern, found):
    read = read_names(["opt/run_1.3B_3e-4_b"], pattern)
    assert read == {name: [text] for name, text in found.items()}


@pytest.mark.parametrize(
    "name, pattern",
    [
        ("a/llama-7b-lr3e-4-s2", "llama-{N}-lr*-s*"),
        ("70m", "{N}"),
        ("baseline_2", ""),
        ("h100m-none", ""),
    ],
)
def test_an_example_of_a_pattern(name, pattern):
    assert example(name) == pattern


def test_a_pattern_for_labels_that_are_numbers_and_for_no_rows(tmp_path):
    runs = bayesfit.read(_written(tmp_path, "run,D,loss\n60,2e9,3.5\n200,4e9,3.1\n"), names="{N}")
    assert list(runs["N"]) == [60, 200]
    with pytest.raises(InputError, match="has columns but no runs"):
        bayesfit.read(_written(tmp_path, "run,D,loss\n"), names="{N}")
    with pytest.raises(InputError, match="has two columns called run"):
        bayesfit.read(_written(tmp_path, "run,D,run\na,2e9,b\n"), names="{N}")
    with pytest.raises(InputError, match="the run '' is not named"):
        bayesfit.read(_written(tmp_path, "run,D,loss\na,2e9,3\n,2e9,3\n"), names="{N}")


def _written(folder, content):
    (folder / "table.csv").write_text(content)
    return folder / "table.csv"


def test_a_linked_folder_is_read_once_and_circles_end(tmp_path):
    folder = tmp_path / "f"
    (folder / "sub").mkdir(parents=True)
    (tmp_path / "real").mkdir()
    table = "run,N,D,loss\n" + "".join(f"{{0}}{i},{i}e8,{2 * i}e10,{3 - i / 10}\n" for i in (1, 2))
    (folder / "a.csv").write_text(table.format("a"))
    (tmp_path / "real" / "b.csv").write_text(table.format("b"))
    (folder / "sub" / "linked").symlink_to(tmp_path / "real")
    (folder / "sub" / "again").symlink_to(tmp_path / "real")
    (folder / "sub" / "circle").symlink_to(folder)
    assert sorted(bayesfit.read(folder).table["run"]) == ["a1", "a2", "b1", "b2"]


def test_pipes_and_devices_are_no_tables(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "zero.csv").symlink_to("/dev/zero")
    for name in ("pipe.csv", "zero.csv"):
        with pytest.raises(InputError, match="is no regular file: save the table as one"):
            bayesfit.read(tmp_path / name)
    (tmp_path / "a.csv").write_text("run,N,D,loss\na,1e8,2e9,3.1\nb,2e8,4e9,2.9\n")
    runs = bayesfit.read(tmp_path)
    assert len(runs) == 2 and any("not read" in note and "pipe.csv" in note for note in runs.notes)


@pytest.mark.parametrize(
    ("names", "pattern"),
    [
        (["run_70M", "run_1.3B"], "run_{N}*"),
        (["run_70M", "run_1.3B"], "run_{N}M"),
        (["run_12", "run_13"], "run_1{N}"),
    ],
)
def test_a_field_never_ends_inside_a_number(names, pattern):
    with pytest.raises(InputError, match="out of the middle of a number|is not named as"):
        read_names(names, pattern)
    assert read_names(["a_70M_x", "a_1.3B_y"], "a_{N}_*")["N"] == ["70M", "1.3B"]
    assert read_names(["70M-3e-4"], "{N}-{lr}") == dict(N=["70M"], lr=["3e-4"])
