"""The one writer: an answer as files, in a folder that `bayesfit.output.place` gives it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bayesfit.answers import Answer
from bayesfit.output.console import as_json, table_csv
from bayesfit.output.painters import Paint, painters
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
    with painters(len(answer.figures)) as paint:
        return painted(given(answer, paint, progress))


def given(answer: Answer, paint: Paint, progress: Stage = silent) -> dict[str, Future[Picture]]:
    """Every figure of an answer as it is given to be painted, which goes on meanwhile.

    From the last to read to the first: those of the sampler need little work here, and are the most
    to paint.
    """
    found: dict[str, Future[Picture]] = {}
    if not answer.figures:
        return found
    from bayesfit.figures import house

    with house():  # one style for all threads
        for name in reversed(list(answer.figures)):
            with _named(name):
                found[name] = paint(answer.figures[name]())
            progress("figures", len(found), len(answer.figures))
    return {name: found[name] for name in answer.figures}


def painted(figures: Mapping[str, Future[Picture]]) -> dict[str, Picture]:
    """All of them, once they are done."""
    return {name: _result(name, one) for name, one in figures.items()}


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
