"""The page of a budget on paper, as a real browser prints it."""

import re
from base64 import b64decode
from dataclasses import replace

import pytest

from bayesfit.output import proposal

from ..explorer.chromium import browser, needs_chromium

pytestmark = [pytest.mark.slow, needs_chromium]
PAGES = range(4, 7)


@pytest.mark.parametrize("laws", [1, 3])
def test_a_budget_takes_four_to_six_pages(small_fit, tmp_path, laws):
    others = [
        replace(small_fit, law=replace(small_fit.law, name=f"law{i}")) for i in range(1, laws)
    ]
    asked = dict(flops=3e25, target=1.55, against="N=70e9,D=1.4e12", beside=others)
    answer = small_fit.ask("budget", **asked)
    proposal.write(small_fit, answer, tmp_path)
    with browser(tmp_path) as chromium:
        chromium.open(tmp_path / "budget.html")
        printed = chromium.ask("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
    pages = re.findall(rb"/Type\s*/Page\b", b64decode(printed["data"]))
    assert len(pages) in PAGES
