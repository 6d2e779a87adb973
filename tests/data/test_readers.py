"""Readers: found by the ending of a file, one file each, plug-ins included."""

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from bayesfit import datasets, discovery
from bayesfit.data.readers import Reader, endings, listed, read_file, stem
from bayesfit.data.runs import read
from bayesfit.errors import InputError

RECORDS = '''
"""Runs as lines of key=value."""
import pandas as pd
from bayesfit.data.readers import Reader

def read(path):
    """One run a line."""
    lines = path.read_text().splitlines()
    frame = pd.DataFrame([dict(cell.split("=") for cell in line.split()) for line in lines])
    return frame.set_axis(range(1, len(frame) + 1))

reader = Reader(endings=(".KV", "runs.txt"), read=read)
'''
LINES = "N=3e7 D=6e8 loss=4.1\nN=6e7 D=1.2e9 loss=3.8\n"


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """A folder of readers: write a file into it, and it is there."""
    monkeypatch.setenv(discovery.PLUGINS, str(tmp_path / "plugins"))
    folder = tmp_path / "plugins" / "readers"
    folder.mkdir(parents=True)
    return folder


def test_the_readers_there_are():
    text, others = ["csv", "tsv", "txt"], ["xlsx", "json", "jsonl", "ndjson", "md", "markdown"]
    assert list(endings()) == [*text, *others, "parquet"]
    assert listed().startswith(".csv, .tsv,") and listed().endswith(", .markdown or .parquet")
    assert all(reader.doc for _, reader in endings().values())


@pytest.mark.parametrize("name", ["mine.kv", "mine.KV", "mine.kv.gz", "mine.runs.txt"])
def test_a_reader_is_one_file(plugin, tmp_path, name):
    (plugin / "records.py").write_text(RECORDS)
    text = LINES.encode()
    (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith("gz") else text)
    runs = datasets.load(str(tmp_path / name))
    assert (runs.name, runs["N"].tolist()) == ("mine", [3e7, 6e7])
    with pytest.raises(InputError, match=r"use .csv, .*, .parquet, .kv or .runs.txt"):
        read(tmp_path / "runs.ods")
    with pytest.raises(InputError, match=r"has to end in .csv, .*, .parquet, .kv or"):
        datasets.load("mine")


def test_a_complaint_names_the_line_of_a_plug_in_too(plugin, tmp_path):
    (plugin / "records.py").write_text(RECORDS)
    (tmp_path / "a.kv").write_text(LINES.replace("3.8", "x"))
    with pytest.raises(InputError, match=r"a\.kv, line 2: loss is 'x', which is not a number"):
        read(tmp_path / "a.kv")


@pytest.mark.parametrize(
    "body, complaint",
    [
        ("return path.gone", "the reader 'bad' fails: AttributeError"),
        ("return 3", "returns int and not a pandas DataFrame"),
        ("raise ValueError('no\\nsuch sheet')", "cannot read .*: no such sheet"),
    ],
)
def test_a_reader_that_fails_says_so_in_a_sentence(plugin, tmp_path, body, complaint):
    (plugin / "bad.py").write_text(
        "from bayesfit.data.readers import Reader\n"
        f"def read(path):\n    {body}\n"
        "reader = Reader(('bad',), read)\n"
    )
    (tmp_path / "a.bad").write_text("")
    with pytest.raises(InputError, match=complaint):
        read(tmp_path / "a.bad")


def test_endings_are_several():
    with pytest.raises(InputError, match=r"a tuple: write \('json',\)"):
        Reader("json", lambda path: path)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "file, name",
    [
        ("sweep.v1.csv", "sweep.v1"),
        ("gpt9-1.3B.csv.gz", "gpt9-1.3B"),
        ("a.b.c.PARQUET", "a.b.c"),
        ("sweep.tsv.csv", "sweep.tsv"),
        ("notes.doc", "notes.doc"),
    ],
)
def test_only_the_ending_of_the_format_is_cut(file, name):
    assert stem(Path("/some.csv") / file) == name


def test_a_file_that_is_not_what_its_ending_says(tmp_path):
    path = tmp_path / "runs.csv.gz"
    path.write_text("N,D,loss\n")
    with pytest.raises(InputError, match="cannot read .*runs.csv.gz"):
        read_file(path)
    path.write_bytes(gzip.compress(b"N,D,loss\n1e8,2e9,3\n")[:-9])
    with pytest.raises(InputError, match="cannot read .*runs.csv.gz"):
        read_file(path)
    with pytest.raises(InputError, match=r"there is no file .*gone.csv.gz"):
        read_file(tmp_path / "gone.csv.gz")


def test_listing_readers_does_not_import_pandas():
    code = "import sys, bayesfit.data.readers as r; r.listed(); print('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
