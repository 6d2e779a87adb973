"""The place of a folder of results: taken whole or not at all, and from nobody else's files."""

import os
import stat

import pytest

from bayesfit.errors import InputError
from bayesfit.output import place


def put(target, text, data=""):
    with place.replaced(target, data) as new:
        (new / "figures").mkdir()
        (new / "figures" / "one.png").write_text(text)
        (new / "run.json").write_text(text)


def left_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_its_own_results_are_replaced(tmp_path):
    put(tmp_path / "out", "first")
    (tmp_path / "out" / "figures" / ".DS_Store").write_text("of a file manager")
    put(tmp_path / "out", "second")
    assert (tmp_path / "out" / "figures" / "one.png").read_text() == "second"
    assert left_in(tmp_path) == ["out"]
    assert left_in(tmp_path / "out") == [place.MARK, "figures", "run.json"]


@pytest.mark.parametrize("file", ["thesis.txt", "run.json", "answer.json", "figures/mine.png"])
@pytest.mark.parametrize("marked", [True, False])
def test_a_file_of_somebody_else_is_never_replaced(tmp_path, file, marked):
    target = tmp_path / "out"
    if marked:
        put(target, "first")
        file = file.replace("run.json", "runs.json")
    (target / file).parent.mkdir(parents=True, exist_ok=True)
    (target / file).write_text("years of work")
    with pytest.raises(InputError, match=f"not a bayesfit result .{file}"):
        put(target, "second")
    assert (target / file).read_text() == "years of work"
    assert not marked or (target / "figures" / "one.png").read_text() == "first"


def test_an_interrupted_command_leaves_the_last_result(tmp_path):
    put(tmp_path / "out", "first")
    with pytest.raises(KeyboardInterrupt), place.replaced(tmp_path / "out") as new:
        (new / "run.json").write_text("second")
        raise KeyboardInterrupt
    assert (tmp_path / "out" / "run.json").read_text() == "first"
    assert left_in(tmp_path) == ["out"]


@pytest.mark.parametrize("exchange", [True, False])
def test_a_system_without_an_exchange_renames_twice(tmp_path, monkeypatch, exchange):
    if not exchange:
        monkeypatch.setattr(place, "_exchanged", lambda *_: False)
    put(tmp_path / "out", "first")
    put(tmp_path / "out", "second")
    assert (tmp_path / "out" / "run.json").read_text() == "second"
    assert left_in(tmp_path) == ["out"]


def test_what_a_killed_run_left_is_cleared_or_put_back(tmp_path, monkeypatch):
    put(tmp_path / "out", "first")
    monkeypatch.setattr(place, "_lives", lambda process: process == 7)
    begin = place._prefix(tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / f"{begin}123-abc{place.OLD}")
    for name in (f"{begin}124-abc", f"{begin}7-abc", place._prefix(tmp_path / "other") + "9-abc"):
        (tmp_path / name).mkdir()
    with pytest.raises(ZeroDivisionError), place.replaced(tmp_path / "out"):
        raise ZeroDivisionError
    assert (tmp_path / "out" / "run.json").read_text() == "first"  # it was killed between renames
    assert len(left_in(tmp_path)) == 3  # a run that lives, and one of another folder


def test_results_of_other_data_are_replaced_only_if_asked(tmp_path):
    put(tmp_path / "out", "first", data="abc")
    place.check_writable(tmp_path / "out", "abc")
    place.check_writable(tmp_path / "out")
    with pytest.raises(InputError, match="results of other data.*with --out"):
        place.check_writable(tmp_path / "out", "def")


def test_places_that_cannot_be_taken(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in (".", "/", "/proc"):
        with pytest.raises(InputError, match="no folder that can be replaced"):
            place.check_writable(place.Path(folder))
    put(tmp_path / "out", "first")
    with pytest.raises(InputError, match="cannot be written"):
        place.check_writable(tmp_path / "out" / "run.json" / "x")
    with pytest.raises(InputError, match="cannot be written"):
        put(tmp_path / ("x" * 300), "first")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="not a bayesfit result"):
        place.check_writable(tmp_path / "file")
    put(tmp_path / ("x" * 255), "a name as long as names go")


def test_a_full_disk_is_one_sentence(tmp_path):
    said = "cannot be written .No space left on device"
    with pytest.raises(InputError, match=said), place.replaced(tmp_path / "out"):
        raise OSError(28, "No space left on device")
    assert left_in(tmp_path) == []


def test_a_link_keeps_pointing(tmp_path):
    put(tmp_path / "real", "first")
    (tmp_path / "link").symlink_to("real")
    put(tmp_path / "link", "second")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "run.json").read_text() == "second"


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
def test_the_umask_is_obeyed(tmp_path):
    before = os.umask(0o027)
    try:
        put(tmp_path / "out", "first")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o750


def test_a_file_put_there_meanwhile_stays(tmp_path):
    put(tmp_path / "out", "first")
    for there in (tmp_path / "out", tmp_path / "new"):
        with pytest.raises(InputError, match="notes.txt"), place.replaced(there):
            there.mkdir(exist_ok=True)
            (there / "notes.txt").write_text("mine")
        assert (there / "notes.txt").read_text() == "mine"
    assert (tmp_path / "out" / "run.json").read_text() == "first"


def test_what_was_changed_since_is_somebodys(tmp_path):
    target = tmp_path / "out"
    for change in (
        lambda: (target / "run.json").write_text("edited"),
        lambda: (target / "empty").mkdir(),
        lambda: (target / "link").symlink_to(tmp_path),
        lambda: (target / place.MARK).write_text("[" * 100000),
        lambda: (target / place.MARK).write_text('{"files": [["a"]]}'),
    ):
        put(target, "first")
        change()
        with pytest.raises(InputError, match="not a bayesfit result"):
            put(target, "second")
        place.shutil.rmtree(target)


def test_a_circle_of_links_and_a_folder_around_us_are_refused(tmp_path, monkeypatch):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(InputError, match="cannot be written"):
        place.check_writable(tmp_path / "a")
    put(tmp_path / "out", "first")
    monkeypatch.chdir(tmp_path / "out" / "figures")
    with pytest.raises(InputError, match="no folder that can be replaced"):
        place.check_writable(tmp_path / "out")


def test_an_old_folder_is_put_back_if_the_new_one_cannot_be(tmp_path, monkeypatch):
    put(tmp_path / "out", "first")
    monkeypatch.setattr(place, "_exchanged", lambda *_: False)
    rename = place.Path.rename

    def failing(self, other):
        if other == tmp_path / "out" and not self.name.endswith(place.OLD):
            raise OSError(5, "Input/output error")
        return rename(self, other)

    monkeypatch.setattr(place.Path, "rename", failing)
    with pytest.raises(InputError, match="Input/output error"):
        put(tmp_path / "out", "second")
    assert (tmp_path / "out" / "run.json").read_text() == "first"
    assert left_in(tmp_path) == ["out"]
