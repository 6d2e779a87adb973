"""The explorer as a section of the page: what is allowed to run, what is labelled, what is safe."""

import re
from base64 import b64encode
from hashlib import sha256
from html import unescape

import pytest

from bayesfit import explorer, report

from ..explorer.node import PARTS, needs_node, run
from .test_report import Loads, context, section, seen

NASTY = "</script><script>alert(1)</script>"


@pytest.fixture(scope="module")
def made(small_fit):
    return explorer.explored(small_fit, [3e24])


@pytest.fixture(scope="module")
def page(made):
    return report.render(context(explorer=made), {})


def policy(page: str) -> str:
    return re.findall(r'Content-Security-Policy" content="([^"]*)"', page)[0]


def scripts_of(page: str) -> list[str]:
    return re.findall(r"<script>(.*?)</script>", page, re.DOTALL)


def allowed(scripts: list[str]) -> str:
    digests = [b64encode(sha256(script.encode()).digest()).decode() for script in scripts]
    return "; script-src " + " ".join(f"'sha256-{digest}'" for digest in digests)


def test_the_scripts_of_the_page_are_the_only_ones_allowed(page):
    scripts = scripts_of(page)
    assert len(scripts) == 2 and page.count("<script") == 3  # copying, exploring; one is data
    assert policy(page).endswith(allowed(scripts))
    assert "unsafe-eval" not in page and not re.search(r"\son\w+=", page.partition("<script>")[0])
    assert not any("eval(" in script or "innerHTML" in script for script in scripts)


def test_a_page_without_it_copies_its_tables_and_runs_nothing_else():
    page = report.render(context(), {})
    [script] = scripts_of(page)
    assert page.count("<script") == 1 and "explorer-body" not in page and "Copy table" in script
    plain = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    assert policy(page) == plain + allowed([script])


def test_a_page_without_tables_allows_no_script():
    page = report.render(context(optima=[], exponents=[]), {})
    assert "<table" not in page and "script-src" not in page and "<script" not in page


def test_how_such_bands_held_stands_beside_them(made):
    page = report.render(context(explorer=made, measured="Of 12 sweeps, 84 % held."), {})
    assert "Of 12 sweeps, 84 % held." in seen(section(page, "explorer"))


def test_nothing_is_loaded(page):
    loads = Loads()
    loads.feed(page)
    assert not loads.found and not re.search(r"https?://(?!www\.w3\.org)", page)


def test_without_javascript_a_sentence_stands_in_its_place(page):
    body = section(page, "explorer")
    assert "needs JavaScript" in re.findall(r"<noscript>(.*?)</noscript>", body, re.DOTALL)[0]
    assert '<div id="explorer-body" hidden>' in body


def test_labels_from_tables_cannot_become_markup(made):
    data = dict(made["data"], reason=NASTY)
    first = dict(data["variants"][0], label=NASTY)
    data |= dict(variants=[first, dict(first, label=NASTY + "2")])
    given = [dict(name=NASTY, low=1.0, high=2.0, value=1.5, even=False)]
    data |= dict(ranges=data["ranges"] | dict(given=given))
    law = context()["law"] | dict(group=NASTY)
    page = report.render(context(law=law, explorer=dict(data=data, code=made["code"])), {})
    assert page.count("<script") == 3 and "alert(1)</script>" not in page


def test_a_law_that_is_not_translated_says_so(made):
    variant = dict(label="", lattice=dict(C=[1e22, 1e23], N=[1e9, 1e10]))
    data = dict(made["data"], variants=[variant], reason="it uses the primitive scan of jax")
    page = report.render(context(explorer=dict(data=data, code=[])), {})
    said = seen(section(page, "explorer"))
    assert "it uses the primitive scan of jax" in said and "2 budgets and no limits" in said
    assert 'id="explorer-largest_D"' not in page and 'id="explorer-C"' in page


def test_every_setting_has_a_label_and_a_field(page):
    ids = set(re.findall(r'<input type="range" id="explorer-(\w+)"', page))
    assert ids == set(
        re.findall(r'<input type="text" id="explorer-(\w+)-text" aria-label="[^"]', page)
    )
    assert ids == set(re.findall(r'<label for="explorer-(\w+)">[^<]', page))
    assert len(ids) == 9


@needs_node
def test_the_script_runs_and_knows_the_settings_of_the_page(page, made):
    script = scripts_of(page)[-1]
    ids = set(re.findall(r'<input type="range" id="explorer-(\w+)"', page))
    found = run(f"{PARTS}\nsettingsOf(data).map((x) => x.id)", data=made["data"])
    assert set(found) == ids
    stub = "const document = { getElementById: () => null };"  # a page without the section
    assert run(f"{stub}\n{script}\n1") == 1
    used = set(re.findall(r'byId\("(\w+)"\)', script)) - {"group"}
    assert used <= set(re.findall(r'id="explorer-(\w+)"', unescape(page)))
