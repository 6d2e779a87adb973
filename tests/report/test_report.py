"""The report, and the words for quantities that it and the screen use."""

import re
from base64 import b64encode
from html.parser import HTMLParser

import pytest
from jinja2 import UndefinedError

from bayesfit import formatting as words
from bayesfit import report

PNG = b"\x89PNG\r\n\x1a\n and some pixels"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'></svg>"
LEVELS = dict(lo95=0.8, lo80=0.9, hi80=1.1, hi95=1.2)


def band(name: str, middle: float, median: str = "") -> dict:
    """A quantity with intervals of 10 and 20 % around it."""
    return {f"{name}{median}": middle} | {f"{name}_{k}": middle * f for k, f in LEVELS.items()}


def optimum(C: float) -> dict:
    ratio = band("tokens_per_parameter", 19.6)
    return dict(C=C) | band("N", 8.36e9) | band("D", 1.64e11) | ratio | band("loss", 1.905)


def context(**changes) -> dict:
    base = dict(
        title="chinchilla_approach3 on pile",
        command="bayesfit run --model chinchilla_approach3",
        law=dict(name="chinchilla_approach3", doc="Chinchilla.\n\nIn full.", formula="L = E"),
        data=dict(
            name="pile",
            source="Dey et al. 2023",
            runs=29,
            left_out=["one left out"],
            notes=["a note"],
            warnings=["a warning"],
            simulated=False,
        ),
        findings=[
            dict(verdict="REVIEW", subject="E", finding="Weak.", advice="Add large runs."),
            dict(verdict="PASS", subject="NUTS", finding="Fine.", advice=""),
        ],
        exponents=[
            dict(
                name="alpha",
                meaning="exponent of N",
                mle=0.347310,
                published=[dict(source="Besiroglu et al. 2024", value=0.3478, error=0.0154)],
            )
            | band("posterior", 0.345, "_median")
            | band("bootstrap", float("nan"), "_median")
        ],
        optima=[optimum(10.0**k) for k in range(21, 27)],
        provenance=dict(seed=0, versions=dict(jax="0.10.2"), seconds=dict(nuts=5.206377973)),
    )
    return base | changes


class Loads(HTMLParser):
    """Collects what a browser would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attrs) -> None:
        for name, value in attrs:
            if name in ("src", "href", "srcset", "data", "action", "poster"):
                self.found.append(value or "")


def test_the_page_holds_every_figure_and_loads_nothing():
    figures = dict(frontier=PNG, of_my_own=SVG)
    page = report.render(context(), figures)
    loads = Loads()
    loads.feed(page)
    assert len(loads.found) == 2
    assert all(link.startswith("data:image/") for link in loads.found)
    for image in figures.values():
        assert b64encode(image).decode() in page
    assert "url(" not in page and "@import" not in page and "<script" not in page
    assert "how to read" not in page and "everything to its right is extrapolation" in page
    assert "of my own" in page  # a figure without a caption is shown under its name


def test_the_answer_comes_first_in_words():
    page = report.render(context(), {})
    answer = page[page.index("The answer") : page.index("What a reviewer would ask")]
    assert "8.36B parameters" in answer and "164B tokens" in answer
    assert "7.52B to 9.2B" in answer  # the 80 % interval
    assert [f"{C} FLOPs" in answer for C in ("1e21", "1e24", "1e26", "1e22")] == [1, 1, 1, 0]


def test_the_answer_speaks_of_the_budgets_asked_for():
    page = report.render(context(asked=[1e22]), {})
    answer = page[page.index("The answer") : page.index("What a reviewer would ask")]
    assert "1e22 FLOPs" in answer and "1e24 FLOPs" not in answer


def test_how_far_a_budget_lies_beyond_the_runs_is_said():
    data = context()["data"] | dict(largest_flops=5e22)
    assert "200 times that of the largest run" in report.render(
        context(data=data, asked=[1e25]), {}
    )


def test_names_from_the_table_cannot_become_markup():
    nasty = "<script>alert(1)</script>"
    data = context()["data"] | dict(name=nasty, notes=[nasty])
    held = [
        dict(run=nasty, N=6.7e9, D=1e11, actual=1.7, inside80=False, inside95=True)
        | band("observed", 1.71)
    ]
    page = report.render(context(title=nasty, data=data, holdout=held, provenance={nasty: 1}), {})
    assert nasty not in page
    assert page.count("&lt;script&gt;") >= 5


def test_a_simulated_table_is_labelled():
    simulated = context()["data"] | dict(simulated=True)
    assert "SIMULATED" in report.render(context(data=simulated), {})
    assert "SIMULATED: these runs" not in report.render(context(), {})


def test_a_failed_check_is_said_before_any_number():
    failed = [dict(verdict="FAIL", subject="NUTS", finding="R-hat 1.3.", advice="Run longer.")]
    page = report.render(context(findings=failed), {})
    assert page.index("Do not use these numbers yet") < page.index("8.36B")


def test_a_law_without_budgets_and_a_bare_context_still_make_a_page():
    bare = {k: v for k, v in context(optima=[]).items() if k in ("title", "law", "data", "optima")}
    page = report.render(bare, {})
    assert "no size to choose" in page and "Best models for a budget" not in page


def test_a_missing_column_is_an_error_and_not_an_empty_cell():
    rows = [optimum(1e21)]
    del rows[0]["D_lo80"]
    with pytest.raises(UndefinedError):
        report.render(context(optima=rows), {})


def test_posterior_bootstrap_and_published_stand_side_by_side():
    page = report.render(context(), {})
    table = page[page.index('<section id="exponents">') : page.index('<section id="optima">')]
    cells = re.findall(r"<t[hd][^>]*>\s*(.*?)</t[hd]>", table, re.DOTALL)
    plain = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", cell)).strip() for cell in cells]
    assert plain[:6] == ["", "meaning", "posterior", "bootstrap", "MLE", "Besiroglu et al. 2024"]
    assert plain[6:8] == ["α", "exponent of N"]
    assert plain[8].startswith("0.345 0.310 to 0.380")
    assert plain[9] == "–"  # NaN: no bootstrap of this parameter
    assert plain[10:] == ["0.3473", "0.3478 ± 0.015"]


@pytest.mark.parametrize(
    ("x", "said"),
    [
        (8.36e9, "8.36B"),
        (8.4e9, "8.4B"),
        (20e9, "20B"),
        (1.4e12, "1.4T"),
        (999.9e6, "1B"),
        (70.4e6, "70.4M"),
        (1500, "1.5k"),
        (12, "12"),
        (2.5e15, "2.5e15"),
        (float("inf"), "∞"),
        (float("nan"), "–"),
    ],
)
def test_counts(x, said):
    assert words.count(x) == said


@pytest.mark.parametrize(
    ("x", "said"),
    [(0.34731, "0.347"), (24.14, "24.1"), (1909.9, "1,910"), (2.97e-11, "2.97e-11"), (0, "0")],
)
def test_numbers(x, said):
    assert words.number(x) == said


def test_flops_percentages_and_symbols():
    assert words.flops(1e21) == "1e21" and words.flops(5.76e23) == "5.8e23"
    assert words.percent(0.0123) == "1.2 %"
    assert words.symbol("alpha") == "α" and words.symbol("share_N") == "share_N"


def test_an_interval_decides_how_many_digits_are_said():
    assert words.estimate(0.51108, 0.497887, 0.523261) == "0.511 (0.498 to 0.523)"
    assert words.estimate(1879.76, 1443.7, 2420.8) == "1,880 (1,440 to 2,420)"
    assert words.interval(2.63e9, 2.93e9, words.count) == "2.63B to 2.93B"
    assert words.like(1e-11, 3e-11)(2.2e-11) == "2.2e-11"
    assert words.like(1.0, 1.0)(1.0) == "1"  # no width, nothing to go by
