"""The one writer: what an answer leaves on disk, and that it is there whole or not at all."""

import json

import pandas as pd
import pytest
from matplotlib.figure import Figure

from bayesfit.answers import Answer, Table
from bayesfit.output import folder, place


def test_an_answer_is_tables_pictures_and_json(tmp_path):
    frame = pd.DataFrame(dict(a=[1 / 3])).rename_axis("law").rename(index={0: "one"})
    answer = Answer(
        "title",
        dict(shares=Table(frame), none=Table(pd.DataFrame()), more=Table(frame, columns=[])),
        figures=dict(empty=Figure),
        facts=dict(asked=[1e23]),
    )
    seen = []
    with place.replaced(tmp_path / "out") as new:
        folder.write(answer, new, lambda *step: seen.append(step))
    files = {path.relative_to(tmp_path / "out").as_posix() for path in tmp_path.rglob("*.*")}
    assert files >= {
        "shares.csv",
        "more.csv",
        "answer.json",
        "figures/empty.png",
        "figures/empty.svg",
    }
    assert "none.csv" not in files and seen == [("figures", 1, 1)]
    table = pd.read_csv(tmp_path / "out" / "shares.csv").set_index("law")
    assert table.loc["one", "a"] == pytest.approx(1 / 3, rel=1e-8)
    assert json.loads((tmp_path / "out" / "answer.json").read_text())["asked"] == [1e23]
    with place.replaced(tmp_path / "out"):  # it knows its own
        pass


def test_figures_come_in_the_order_in_which_to_read_them():
    figures = {name: Figure for name in "cab"}
    assert list(folder.draw(Answer("title", figures=figures))) == ["c", "a", "b"]


def test_a_figure_that_goes_wrong_is_named():
    def broken():
        raise ZeroDivisionError("of somebody's own")

    def unpaintable():
        figure = Figure()
        figure.text(0.5, 0.5, r"$\frac{$", parse_math=True)
        return figure

    for draw in (broken, unpaintable):
        with pytest.raises((ZeroDivisionError, ValueError)) as caught:
            folder.draw(Answer("title", figures=dict(mine=draw)))
        assert "the figure 'mine'" in caught.value.__notes__[0]
