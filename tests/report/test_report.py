"""The report, and the words for quantities that it and the screen use."""

import re
from base64 import b64encode
from html.parser import HTMLParser

import pytest
from jinja2 import UndefinedError

from bayesfit import figures, report
from bayesfit import formatting as words
from bayesfit.constants import UNSEEN

PNG = b"\x89PNG\r\n\x1a\n and some pixels"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'></svg>"
LEVELS = dict(lo95=0.8, lo80=0.9, hi80=1.1, hi95=1.2)


def band(name: str, middle: float, median: str = "") -> dict:
    """A quantity with intervals of 10 and 20 % around it."""
    return {f"{name}{median}": middle} | {f"{name}_{k}": middle * f for k, f in LEVELS.items()}


def optimum(C: float, **changes) -> dict:
    ratio = band("tokens_per_parameter", 19.6)
    sizes = dict(C=C, without_optimum=0.0) | band("N", 8.36e9) | band("D", 1.64e11) | ratio
    return sizes | band("loss", 1.905) | band("loss_at_N", 2.5) | changes


def context(**changes) -> dict:
    base = dict(
        title="Chinchilla, approach 3, fitted to pile",
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


def seen(html: str) -> str:
    """What a reader sees: no markup, white space as a browser shows it."""
    html = re.sub(r"<script\b.*?</script>", "", html, flags=re.DOTALL)
    apart = re.sub(r"<(?=/?(?:t[hdr]|small|h\d|li|p|d[td])\b)", " <", html)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", apart)).strip()


def section(page: str, name: str) -> str:
    """One section of a page."""
    start = page.index(f'<section id="{name}">')
    return page[start : page.index("</section>", start)]


def answer(**changes) -> str:
    return seen(section(report.render(context(**changes), {}), "answer"))


def test_the_page_holds_every_figure_and_loads_nothing():
    pictures = dict(frontier=PNG, of_my_own=SVG)
    page = report.render(context(), pictures)
    loads = Loads()
    loads.feed(page)
    assert len(loads.found) == 2
    assert all(link.startswith("data:image/") for link in loads.found)
    for image in pictures.values():
        assert b64encode(image).decode() in page
    assert "url(" not in page and "@import" not in page and "<script src" not in page
    frontier = figures.load("frontier")
    assert f"1. {frontier.title}" in seen(page) and frontier.caption[:60] in page
    assert "2. of my own" in seen(page)  # a figure without a file is shown under its name


def test_the_answer_comes_first_in_words():
    page = report.render(context(), {})
    assert page.index("The answer") < page.index("What a reviewer would ask")
    said = answer()
    assert "8.36B parameters" in said and "164B tokens" in said
    assert "7.52B to 9.2B" in said  # the 80 % interval
    assert [f"{C} FLOPs" in said for C in ("1e21", "1e24", "1e26", "1e22")] == [1, 1, 1, 0]


def test_the_answer_is_about_the_budgets_asked_for():
    said = answer(asked=[1e22])
    assert "1e22 FLOPs" in said and "1e24 FLOPs" not in said


def test_the_loss_beside_a_size_is_the_loss_of_that_size():
    said = answer()
    assert "on 164B tokens (19.6 tokens per parameter) and expect a loss of 2.50." in said
    assert "For the loss of the size named they are 2.25 to 2.75 and 2.00 to 3.00." in said
    assert "1.9" not in said.replace("19.6", "")  # the lowest loss of each draw
    table = seen(section(report.render(context(), {}), "optima"))
    assert "loss at N*, nats per token" in table and "2.50" in table
    assert "lowest loss" not in table and "1.91" not in table  # one loss of a budget, everywhere


def test_a_law_without_a_loss_still_has_an_answer():
    row = {k: x for k, x in optimum(1e24).items() if "loss" not in k}
    said = answer(optima=[row])
    assert "(19.6 tokens per parameter). The 80 % band" in said and "expect a loss" not in said


@pytest.mark.parametrize("changes", [{}, dict(asked=[1e26]), dict(optima=[]), dict(findings=[])])
def test_sentences_do_not_run_into_each_other(changes):
    data = context()["data"] | dict(largest_flops=5e22, simulated=True)
    said = seen(report.render(context(data=data, **changes), {}).partition("</style>")[2])
    assert not re.findall(r"\)[A-Za-z]|[a-z][.,:;][A-Za-z]|[a-z]\(| [.,;:]", said)


def grouped(*labels: str, **changes) -> list[dict]:
    return [
        optimum(10.0**k, group=label, **changes) | band("N", (i + 1) * 1e9)
        for i, label in enumerate(labels)
        for k in range(21, 27)
    ]


def test_every_group_is_answered_at_one_budget():
    law = context()["law"] | dict(group="corpus")
    optima = grouped("C4", "code", UNSEEN, largest_flops=1e22)
    said = answer(law=law, optima=optima)
    assert said.count("FLOPs") == said.count("With 1e26 FLOPs for") == 3
    assert "for corpus C4, train 1B" in said and "for corpus code, train 2B" in said
    assert "for any other corpus, train 3B" in said
    assert "10,000 times that of the largest run of its group fitted" in said
    said = answer(law=law, optima=optima, asked=[1e23, 1e24])
    assert said.count("FLOPs") == said.count("With 1e24 FLOPs for") == 3
    table = seen(section(report.render(context(law=law, optima=optima), {}), "optima"))
    assert "FLOPs corpus N*" in table and table.count("code") == 6


ENDLESS = {name: float("inf") for name in band("N", 1.0) | band("D", 1.0)}
ENDLESS |= {name: float("inf") for name in band("tokens_per_parameter", 1.0)}
ENDLESS |= {name: float("inf") for name in band("loss_at_N", 1.0)}


def test_an_infinite_size_is_said_in_words():
    optima = [optimum(1e21, **ENDLESS, without_optimum=0.63)]
    page = report.render(context(optima=optima), {})
    said = seen(section(page, "answer"))
    assert "With 1e21 FLOPs, this fit has no best size: 63 % of the draws have none." in said
    table = seen(section(page, "optima"))
    assert "1e21 none none none none 63 %" in table
    assert "∞" not in page and not {"inf", "nan"} & set(seen(page).split())


def test_the_share_of_draws_without_a_best_size_is_said():
    ends = {name: float("inf") for name in ("N_hi95", "D_hi95")}
    optima = [optimum(1e21, **ends, without_optimum=0.031)]
    page = report.render(context(optima=optima), {})
    said = seen(section(page, "answer"))
    assert "3.1 % of the draws have no best size and count as infinite." in said
    assert "the 95 % band 6.69B or more, without limit" in said
    assert "draws without N*" in section(page, "optima")
    assert "no best size" not in answer() and "draws without" not in report.render(context(), {})


def test_a_probability_is_never_said_without_its_coverage():
    measured = dict(refits=4, runs=36, inside80=0.83, inside95=1.0)
    said = answer(coverage=measured)
    assert "in 4 refits on the smaller runs, 83 % of 36 held-out losses fell inside" in said
    assert "100 % inside their 95 % band" in said
    assert "has not been measured here" in answer()
    assert "probability" not in answer() and "probability" not in said


def test_how_far_a_budget_lies_beyond_the_runs_is_said():
    data = context()["data"] | dict(largest_flops=5e22)
    assert "200 times that of the largest run" in answer(data=data, asked=[1e25])
    assert "largest run" not in answer(data=data, asked=[1e22])


def test_names_from_the_table_cannot_become_markup():
    nasty = "<script>alert(1)</script>"
    data = context()["data"] | dict(name=nasty, notes=[nasty])
    law = context()["law"] | dict(group=nasty, overrides={nasty: nasty}, likelihood=nasty)
    held = [
        dict(run=nasty, N=6.7e9, D=1e11, actual=1.7, inside80=False, inside95=True)
        | band("observed", 1.71)
    ]
    findings = [dict(verdict="REVIEW", subject=nasty, finding=nasty, advice=nasty)]
    dirty = dict(title=nasty, data=data, law=law, holdout=held, findings=findings)
    dirty |= dict(optima=grouped(nasty), provenance={nasty: 1}, command=nasty)
    page = report.render(context(**dirty), {nasty: SVG})
    assert nasty not in page and page.count("<script") == 1  # that of the copy buttons
    assert page.count("&lt;script&gt;") >= 20


def test_a_simulated_table_is_labelled():
    simulated = context()["data"] | dict(simulated=True)
    assert "SIMULATED" in report.render(context(data=simulated), {})
    assert "SIMULATED: these runs" not in report.render(context(), {})


def test_a_failed_check_is_said_before_any_number():
    failed = [dict(verdict="FAIL", subject="NUTS", finding="R-hat 1.3.", advice="Run longer.")]
    page = report.render(context(findings=failed), {})
    assert page.index("Do not use these numbers yet") < page.index("8.36B")


def test_what_was_done_to_the_table_and_to_the_law_is_said():
    law = context()["law"] | dict(overrides=dict(alpha="Normal(0.3, 0.1)"), cost="6 N D")
    page = report.render(context(law=law), {})
    assert "one left out Note: a note Warning: a warning" in seen(section(page, "data"))
    assert "Prior replaced: alpha ~ Normal(0.3, 0.1)." in seen(section(page, "law"))
    assert "Cost of training: 6 N D FLOPs." in seen(section(page, "law"))


def test_the_record_is_shown_as_it_is_nested():
    kept = dict(seed=7, priors={}, vary=None, asked=[], shares=[0.5, 0.123456789], findings=[1])
    page = report.render(context(provenance=dict(settings=kept)), {})
    said = seen(section(page, "provenance"))
    assert "settings seed 7 priors none vary none asked none" in said
    assert "0.123457" in said and "findings" not in said


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
    table = section(report.render(context(), {}), "exponents")
    cells = re.findall(r"<t[hd][^>]*>\s*(.*?)</t[hd]>", table, re.DOTALL)
    plain = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", cell)).strip() for cell in cells]
    assert plain[:6] == [
        "parameter",
        "meaning",
        "posterior",
        "bootstrap",
        "MLE",
        "Besiroglu et al. 2024",
    ]
    assert plain[6:8] == ["α", "exponent of N"]
    assert plain[8].startswith("0.345 0.310 to 0.380")
    assert plain[9] == "–"  # NaN: no bootstrap of this parameter
    assert plain[10:] == ["0.3473", "0.3478 ± 0.015"]


def test_the_runs_held_out_stand_beside_what_was_predicted():
    run = dict(run="large", N=6.7e9, D=1e11, actual=1.7, inside80=False, inside95=True)
    page = report.render(context(holdout=[run | band("observed", 1.71)]), {})
    said = seen(section(page, "holdout"))
    assert "0 of 1 lie inside their 80 % interval, 1 inside 95 %" in said
    assert "off by" in said and "0.59 %" in said and "large" in said


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
    assert words.flops(1e21) == "1e21" and words.flops(5.76e23) == "5.76e23"
    assert words.percent(0.0123) == "1.2 %"
    assert words.symbol("alpha") == "α" and words.symbol("share_N") == "share_N"


def test_an_interval_decides_how_many_digits_are_said():
    assert words.estimate(0.51108, 0.497887, 0.523261) == "0.511 (0.498 to 0.523)"
    assert words.estimate(1879.76, 1443.7, 2420.8) == "1,880 (1,440 to 2,420)"
    assert words.interval(2.63e9, 2.93e9, words.count) == "2.63B to 2.93B"
    assert words.like(1e-11, 3e-11)(2.2e-11) == "2.2e-11"
    assert words.like(1.0, 1.0)(1.0) == "1"  # no width, nothing to go by
