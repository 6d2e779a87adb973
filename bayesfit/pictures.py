"""A figure as bytes, in the house style: pixels for pages and slides, lines for papers.

It knows matplotlib and nothing of fits, so that a process that only turns figures into bytes
(`bayesfit.output.painters`) has it at once.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any, NamedTuple

from matplotlib import style
from matplotlib.figure import Figure
from PIL import Image, ImageChops

DPI = 110
COLOURS = 256  # of the palette of a PNG
SEEN = 32  # levels of 256 from which on an eye sees that a pixel is off
SEEN_SHARE = 1e-3  # of the pixels that may be

STYLE: Any = {
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#666666",
    "axes.linewidth": 0.7,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.6,
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "axes.formatter.useoffset": False,
    "figure.titlesize": 11.5,
    "figure.titleweight": "bold",
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "text.parse_math": False,  # labels come from tables, where a dollar is a dollar
    "svg.fonttype": "none",  # text stays text: it can be searched, and edited
    "svg.hashsalt": "bayesfit",  # the same file for the same figure
}


class Picture(NamedTuple):
    """One figure as bytes."""

    png: bytes
    svg: bytes


@contextmanager
def house() -> Iterator[None]:
    """The house style, whatever the user's own is, which comes back after the block.

    A sign that the font has not is an empty box, and no warning.
    """
    with style.context(STYLE, after_reset=True), warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from")
        yield


def png(figure: Figure, dpi: int = DPI) -> bytes:
    """The figure as the bytes of a PNG file with a palette, the same for the same figure."""
    hardly_packed = dict(compress_level=1)  # it is packed again, better
    return in_palette(_saved(figure, "png", dpi=dpi, pil_kwargs=hardly_packed))


def in_palette(picture: bytes) -> bytes:
    """A PNG with a palette, a third of the bytes; in full where an eye would see the difference.

    A scale of many shades has more colours than a palette holds, and would come out in stripes.
    """
    with Image.open(BytesIO(picture)) as image:
        full = image.convert("RGB")
    few = full.quantize(COLOURS, dither=Image.Dither.NONE)
    red, green, blue = ImageChops.difference(few.convert("RGB"), full).split()
    off = ImageChops.lighter(ImageChops.lighter(red, green), blue).histogram()
    kept = full if sum(off[SEEN + 1 :]) > SEEN_SHARE * sum(off) else few
    file = BytesIO()
    kept.save(file, "png")  # optimize takes eight times as long for a twentieth of the bytes
    return file.getvalue()


def svg(figure: Figure) -> bytes:
    """The figure as the bytes of an SVG file, the same for the same figure; text stays text."""
    return _saved(figure, "svg", metadata=dict(Date=None, Creator=None))


def both(figure: Figure) -> Picture:
    """`png` and `svg` of a figure that nobody needs any more: it is laid out once for both."""
    pixels = png(figure)
    figure.set_layout_engine("none")
    return Picture(pixels, svg(figure))


def _saved(figure: Figure, kind: str, **options: Any) -> bytes:
    file = BytesIO()
    with house():
        figure.savefig(file, format=kind, **options)
    return file.getvalue()


def tick(say: Callable[[float], str], x: float, position: int | None) -> str:
    """A tick in words, for `matplotlib.ticker.FuncFormatter` with `say` filled in."""
    del position
    return say(x)
