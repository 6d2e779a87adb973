"""The page for those who read it by keyboard, by ear, or in the dark."""

import re
from importlib.resources import files

import pytest

from bayesfit import report

from .test_report import PNG, context

CSS = (files("bayesfit.report") / "report.css").read_text(encoding="utf-8")
TEXT = ("ink", "soft", "faint", "accent", "pass", "review", "fail")
ENOUGH = 4.5  # contrast of small text, WCAG 2.2, 1.4.3


def colours(scheme: str) -> dict[str, str]:
    """Name -> colour of the light or the dark page."""
    light, _, dark = CSS.partition("prefers-color-scheme: dark")
    part = light if scheme == "light" else dark.partition("* {")[0]
    return dict(re.findall(r"--(\w+): (#\w{6});", part))


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in channels]
    return sum(w * x for w, x in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", TEXT)
def test_text_stands_out_from_what_it_is_written_on(scheme, name):
    found = colours(scheme)
    assert min(contrast(found[name], found[back]) for back in ("paper", "panel")) >= ENOUGH


def test_what_scrolls_can_be_reached_and_everything_has_a_name():
    page = report.render(context(), dict(frontier=PNG))
    assert page.count("<main>") == page.count("</main>") == 1 and 'lang="en"' in page
    assert not re.search(r'<div class="scroll"(?! tabindex="0")', page)
    assert not re.search(r"<pre(?! tabindex)", page)
    assert not re.search(r"<th[^>]*>\s*</th>", page)
    assert all(re.findall(r'<img [^>]*alt="([^"]+)"', page))
