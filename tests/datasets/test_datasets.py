"""Built-in tables: the figures, what is left out, and where a fetched file comes from."""

import shutil

import numpy as np
import pandas as pd
import pytest

from bayesfit import datasets
from bayesfit.data.runs import Runs
from bayesfit.errors import InputError


@pytest.fixture
def offline(monkeypatch):
    """A machine without network and without anything fetched before."""

    def refuse(*_, **__):
        raise ConnectionError("no network")

    monkeypatch.setattr("pooch.retrieve", refuse)
    monkeypatch.delenv("BAYESFIT_DATA", raising=False)


def test_names_and_descriptions():
    assert datasets.names()[:3] == ["pile", "diloco", "chinchilla"]
    for name in datasets.names():
        source = datasets.describe(name)
        assert source.what and "arXiv:" in source.citation
        assert bool(source.url) == bool(source.sha256)


def test_pile_leaves_its_outlier_out_and_says_so(offline):
    runs = datasets.load("pile")
    assert isinstance(runs, Runs)
    assert len(runs) == 29
    assert "Pythia-dedup-1.4B" not in runs["run"]
    assert any("Pythia-dedup-1.4B" in sentence for sentence in runs.left_out)
    assert not runs.warnings and not runs.simulated


def test_pile_whole(offline):
    runs = datasets.load("pile", all_runs=True)
    assert len(runs) == datasets.describe("pile").rows == 30
    assert runs.left_out == ()
    assert (runs["N_total"] > runs["N"]).all()
    assert (runs["N_total"].min(), runs["N_total"].max()) == (70426624, 20554567680)
    assert (runs["loss"].min(), runs["loss"].max()) == (1.519, 2.608)


def test_pile_is_what_the_paper_prints(shared_data):
    theirs = pd.read_csv(shared_data / "pile_table_cerebras.csv")
    ours = datasets.load("pile", all_runs=True).table
    for column in ("N", "N_total", "D", "C", "loss"):
        np.testing.assert_array_equal(ours[column], theirs[column])
    assert list(ours["run"]) == list(theirs["run"])


def test_eight_runs_of_pile_are_held_out_above_5e9():
    _, large = datasets.load("pile").split("N < 5e9")
    assert len(large) == 8


def test_chinchilla_from_a_folder(shared_upstream, monkeypatch, offline):
    monkeypatch.setenv("BAYESFIT_DATA", str(shared_upstream))
    runs = datasets.load("chinchilla")
    everything = datasets.load("chinchilla", all_runs=True)
    assert (len(runs), len(everything)) == (240, datasets.describe("chinchilla").rows)
    dropped = np.sort(everything["loss"])[-5:]
    assert runs["loss"].max() < dropped.min()
    assert len(runs.left_out) == 1 and everything.left_out == ()
    np.testing.assert_allclose(runs["C"], 6 * runs["N"] * runs["D"], rtol=1e-12)


def test_another_file_of_that_name_is_refused(shared_upstream, tmp_path, monkeypatch, offline):
    copy = tmp_path / "svg_extracted_data.csv"
    shutil.copy(shared_upstream / copy.name, copy)
    copy.chmod(0o644)
    with copy.open("a") as file:
        file.write("\n")
    monkeypatch.setenv("BAYESFIT_DATA", str(tmp_path))
    with pytest.raises(InputError, match="SHA-256 differs"):
        datasets.load("chinchilla")


def test_offline_says_where_to_put_the_file(tmp_path, monkeypatch, offline):
    with pytest.raises(InputError, match=r"raw\.githubusercontent\.com.*BAYESFIT_DATA"):
        datasets.load("chinchilla")
    monkeypatch.setenv("BAYESFIT_DATA", str(tmp_path))  # a folder without the file
    with pytest.raises(InputError, match="cannot download"):
        datasets.load("chinchilla")
    monkeypatch.setenv("BAYESFIT_DATA", str(tmp_path / "gone"))
    with pytest.raises(InputError, match="not a folder"):
        datasets.load("chinchilla")


def test_what_is_fetched_has_url_and_hash(shared_upstream, monkeypatch):
    asked = {}

    def retrieve(url, known_hash, fname, path):
        asked.update(url=url, known_hash=known_hash, cache=path)
        return str(shared_upstream / fname)

    monkeypatch.delenv("BAYESFIT_DATA", raising=False)
    monkeypatch.setattr("pooch.retrieve", retrieve)
    assert len(datasets.load("chinchilla")) == 240
    assert "/92258837425e1b5f2851d624287f0120583a3d0e/" in asked["url"]
    assert asked["known_hash"].startswith("sha256:193478df")
    assert "bayesfit" in str(asked["cache"])


def test_unknown_names_get_the_nearest():
    with pytest.raises(InputError, match="did you mean chinchilla"):
        datasets.load("chinchila")
    with pytest.raises(InputError, match="there are pile, diloco, chinchilla,"):
        datasets.load("zzzzzz")


def test_a_path_is_the_users_own_table(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("N,D,loss\n1e8,2e9,3.5\n")
    assert datasets.load(path).name == datasets.load(str(path)).name == "mine"
    with pytest.raises(InputError, match="there is no file"):
        datasets.load("gone.csv")


@pytest.mark.parametrize("name", ["mine.ods", "folder/mine", "pile.v2"])
def test_a_word_with_an_ending_or_a_folder_is_a_path(name):
    with pytest.raises(InputError, match=f"{name} is no table that can be read"):
        datasets.load(name)


def test_runs_from_names_paths_and_tables(tmp_path):
    (tmp_path / "mine.v1.csv").write_text("N,D,loss\n3e7,6e8,4.1\n")
    assert datasets.as_runs("pile").name == "pile"
    assert datasets.as_runs(tmp_path / "mine.v1.csv").name == "mine.v1"
    assert datasets.as_runs(dict(N=3e7, D=6e8, loss=4.1), "one").name == "one"
    runs = datasets.load("pile")
    assert datasets.as_runs(runs) is runs
    with pytest.raises(InputError, match="is no table of runs"):
        datasets.as_runs(3.5)


def test_known_models_are_large_and_cited():
    known = datasets.known_models()
    assert min(known["N"]) >= 10e9 and min(known["D"]) > 100e9
    assert known["citation"].str.fullmatch(r"arXiv:\d{4}\.\d{5}").all()
    assert known["model"].is_unique
    gpt3 = known[known["model"] == "GPT-3 175B"]
    assert list(gpt3["C"]) == pytest.approx([3.15e23])
    repeated = known.dropna(subset=["unique_tokens"])
    assert (repeated["unique_tokens"] < repeated["D"]).all() and "OPT-175B" in set(
        repeated["model"]
    )


def test_no_cure_is_offered_for_a_built_in_table_that_would_be_refused():
    assert "N_total" in datasets.load("pile").columns  # another count of N
    assert not any("--map" in note for note in datasets.load("pile").notes)
    with pytest.raises(InputError, match="pile is built in"):
        datasets.load("pile", columns=dict(N="N_total"))
