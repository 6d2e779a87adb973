"""Tables that are copied from the page in a real browser."""

import pytest

from bayesfit import report

from ..explorer.chromium import browser, needs_chromium
from .test_report import context

pytestmark = [pytest.mark.slow, needs_chromium]
COPIED = """
(() => {
  const seen = [];
  addEventListener("copy", ({ clipboardData }) =>
    seen.push(["text/plain", "text/html"].map((kind) => clipboardData.getData(kind))));
  const buttons = [...document.querySelectorAll(".copy button")];
  for (const button of buttons) button.click();
  return { seen, said: buttons.map((x) => x.textContent),
           tables: document.querySelectorAll("table").length };
})()"""


def test_each_table_is_copied_as_markdown_and_as_a_table(tmp_path):
    file = tmp_path / "page.html"
    file.write_text(report.render(context(), {}), encoding="utf-8")
    with browser(tmp_path) as chromium:
        chromium.open(file)
        found = chromium.run(COPIED)
        assert not chromium.complaints  # the policy of the page allows it
    assert len(found["seen"]) == found["tables"] == 2 and set(found["said"]) == {"Copied"}
    markdown, html = found["seen"][0]
    head, rule, first, *_ = markdown.split("\n")
    assert rule.count("--:") == head.count("|") - 2 and first.count("|") == head.count("|")
    assert first.startswith("| α | exponent of N | 0.345 (") and html.startswith("<table")
