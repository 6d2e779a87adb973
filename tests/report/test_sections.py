"""Sections in files of their own, and the data that they are given."""

from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest

from bayesfit import discovery, report
from bayesfit.answers import Answer, Table
from bayesfit.errors import InputError
from bayesfit.findings import Finding
from bayesfit.law import Law, Published
from bayesfit.report import _context
from bayesfit.report.sections import Section

from ..simulate import chinchilla_table
from .test_report import PNG, context, optimum, seen

SECTION = '''"""Where the money comes from."""

from bayesfit.report.sections import Section

section = Section(
    "Funding",
    15,
    lambda context: f"<p>{context['data']['runs']} runs were paid by nobody.</p>",
    lambda context: context["data"]["runs"] > 1,
)
'''
FIGURE = '''"""A figure of one's own."""

from bayesfit.figures import Plot

plot = Plot(draw=lambda fit: None, title="My figure", caption="Look at the < sign.")
'''


def plugin(folder, monkeypatch, **files: str) -> None:
    for name, text in files.items():
        kind, _, stem = name.partition("__")
        (folder / kind).mkdir(exist_ok=True)
        (folder / kind / f"{stem}.py").write_text(text)
    monkeypatch.setenv(discovery.PLUGINS, str(folder))


def test_a_section_in_a_users_folder_takes_its_place(tmp_path, monkeypatch):
    plugin(tmp_path, monkeypatch, sections__funding=SECTION)
    page = report.render(context(), {})
    places = ["The answer", "Funding", "29 runs were paid by nobody", "What a reviewer would ask"]
    assert sorted(places, key=page.index) == places and '<section id="funding">' in page
    few = context(data=context()["data"] | dict(runs=1))
    assert "Funding" not in report.render(few, {})


def test_a_figure_in_a_users_folder_brings_its_caption(tmp_path, monkeypatch):
    plugin(tmp_path, monkeypatch, figures__of_my_own=FIGURE)
    page = report.render(context(), dict(of_my_own=PNG))
    assert "1. My figure" in seen(page) and "Look at the &lt; sign." in page


def test_a_section_that_does_not_run_is_named(tmp_path, monkeypatch):
    plugin(tmp_path, monkeypatch, sections__broken="section = 1 / 0")
    with pytest.raises(InputError, match=r"section file .*broken.py does not run: ZeroDivision"):
        report.render(context(), {})


def test_every_section_of_the_house_is_complete():
    found = dict(discovery.every("section"))
    assert set(found) == {
        *("answer", "findings", "exponents", "optima", "holdout", "explorer"),
        *("figures", "data", "law", "provenance"),
        *("proposal", "laws", "reach", "spending"),
    }
    assert all(isinstance(section, Section) for section in found.values())
    orders = [section.order for section in found.values()]
    assert len(set(orders)) == len(orders)


LAW = Law(
    priors=lambda ref: {},
    log_loss=lambda p, runs: 0.0,
    rows="final",
    symbols=dict(alpha="exponent of N"),
    published=(Published("Someone 2020", dict(alpha=0.3), dict(alpha=0.1)),),
    name="my_law",
    doc="Mine, the first: L = E + A / N**alpha.\n\nIn full.",
)


def fit(law: Law = LAW, **changes):
    runs = chinchilla_table(runs=6)
    base = dict(
        law=law,
        runs=runs.with_column("corpus", ["a", "b", "b"] * 2),
        likelihood=SimpleNamespace(name="normal", doc="Normal scatter.", symbols=dict(sigma="s")),
        holdouts=pd.DataFrame(),
        refits=[],
    )
    return SimpleNamespace(**base | changes)


def overview(optima: pd.DataFrame | None = None) -> Answer:
    """What `bayesfit.questions.overview` answers, as far as the report reads it."""
    names = dict(parameter=["alpha", "E[b]", "sigma"], mle=[0.3, 1.7, 0.01])
    tables = dict(exponents=Table(pd.DataFrame(names).set_index("parameter")))
    predictions = pd.DataFrame(dict(run=["x", "y"], held_out=[False, True], actual=[1.0, 2.0]))
    tables["predictions"] = Table(predictions, columns=[])
    if optima is not None:
        tables["optima"] = Table(optima)
    found = [Finding("PASS", "NUTS", "Fine.")._asdict()]
    return Answer("...", tables, facts=dict(asked=[1e22], findings=found, seed=7))


def test_the_context_of_a_fit():
    made = report.context(fit(), overview(pd.DataFrame([optimum(1e22)])), dict(command="run"))
    assert made["title"] == "Mine, the first, fitted to simulated"
    assert made["command"] == "run" and made["provenance"]["settings"] == dict(command="run")
    assert made["provenance"]["seed"] == 7 and made["asked"] == [1e22]
    assert made["data"]["simulated"] and made["data"]["runs"] == 6 and made["coverage"] is None
    assert [row["meaning"] for row in made["exponents"]] == ["exponent of N", "s"]
    assert made["exponents"][0]["published"] == [dict(source="Someone 2020", value=0.3, error=0.1)]
    assert [row["run"] for row in made["holdout"]] == ["y"]
    assert made["findings"][0]["subject"] == "NUTS" and "group" not in made["optima"][0]
    assert made["law"]["likelihood"] == "normal: Normal scatter." and made["law"]["cost"] == "6 N D"


def test_groups_go_by_one_name_and_have_their_own_largest_run():
    law = replace(LAW, group="corpus")
    rows = [optimum(1e22, corpus=label) for label in ("a", "b", "another")]
    found = fit(law)
    made = report.context(found, overview(pd.DataFrame(rows)), {})
    assert [row["group"] for row in made["optima"]] == ["a", "b", "another"]
    C, label = found.runs["C"], found.runs["corpus"]
    largest = [max(C[label == "a"]), max(C[label == "b"]), max(C)]
    assert [row["largest_flops"] for row in made["optima"]] == pytest.approx(largest)
    assert made["title"] == "Mine, the first, pooled by corpus, fitted to simulated"


def test_a_law_without_words_goes_by_its_name():
    plain = replace(LAW, doc="A law of mine.")
    assert _context.title(plain, "t") == "my_law, fitted to t"


def test_a_law_without_sizes_has_no_optima():
    assert report.context(fit(), overview(), {})["optima"] == []
