"""The one writer: an answer as files, in a folder that `bayesfit.output.place` gives it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bayesfit.answers import Answer
from bayesfit.output.console import as_json, table_csv
from bayesfit.output.painters import painters
from bayesfit.output.progress import Stage, silent

if TYPE_CHECKING:
    from bayesfit.pictures import Picture


def write(answer: Answer, folder: Path, progress: Stage = silent) -> None:
    """Write an answer: a CSV for each table, `figures/*.png` and `*.svg`, and answer.json.

    Args:
        folder: an empty one, such as `place.replaced` makes.
    """
    write_tables(answer, folder)
    write_figures(draw(answer, progress), folder)
    (folder / "answer.json").write_text(as_json(answer) + "\n", encoding="utf-8")


def write_tables(answer: Answer, folder: Path) -> None:
    """A CSV for each table that has rows."""
    for name, table in answer.tables.items():
        if not table.frame.empty:
            (folder / f"{name}.csv").write_text(table_csv(table), encoding="utf-8")


def draw(answer: Answer, progress: Stage = silent) -> dict[str, Picture]:
    """Name -> every figure, in the order in which to read them."""
    if not answer.figures:
        return {}
    from bayesfit.figures import house

    found: dict[str, Future[Picture]] = {}
    with house(), painters(len(answer.figures)) as paint:  # one style for all threads
        for name, figure in answer.figures.items():
            with _named(name):
                found[name] = paint(figure())
            progress("figures", len(found), len(answer.figures))
        return {name: _result(name, painted) for name, painted in found.items()}


def _result(name: str, painted: Future[Picture]) -> Picture:
    with _named(name):
        return painted.result()


@contextmanager
def _named(figure: str) -> Iterator[None]:
    """Whatever goes wrong says with which figure: one may be somebody's own."""
    try:
        yield
    except Exception as error:
        error.add_note(f"That was the figure {figure!r}.")
        raise


def write_figures(pictures: Mapping[str, Picture], folder: Path) -> None:
    """Each picture as `figures/NAME.png` and `figures/NAME.svg`."""
    if pictures:
        (folder / "figures").mkdir()
    for name, picture in pictures.items():
        for ending, content in picture._asdict().items():
            (folder / "figures" / f"{name}.{ending}").write_bytes(content)
