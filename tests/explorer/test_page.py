"""What the page shows for its settings, its address and its CSV, without a browser."""

import csv
import io

import numpy as np
import pytest

from bayesfit import explorer
from bayesfit.bands import band
from bayesfit.explorer.pack import representative
from bayesfit.prediction import optimum

from .node import PARTS, needs_node, run

pytestmark = needs_node
VIEW = """
const settings = settingsOf(data);
const begin = Object.fromEntries(settings.map((x) => [x.id, x.value]));
const state = { ...begin, ...changes };
const law = makeLaw(data, data.variants[0], eval(`[${code.join(",")}]`));
const view = viewOf(data, state, law, makeSearch(data.rule));
"""


@pytest.fixture(scope="module")
def made(small_fit):
    return explorer.explored(small_fit, [2e24])


def seen(made, last: str, **changes):
    return run(PARTS + VIEW + last, data=made["data"], code=made["code"], changes=changes)


@pytest.fixture(scope="module")
def drawn(small_fit):
    """The law, and those draws that the page has."""
    law, values = small_fit.drawn()
    return law, representative(values, optimum.optima(law, values, 2e24))


def test_bands_are_those_of_python_for_the_same_draws(made, drawn):
    found = seen(made, "view.bands", C=5e23, largest_D=4e12, inference_tokens=3e12)
    plan = dict(largest_D=4e12, inference_tokens=3e12)
    best = optimum.optima(*drawn, 5e23, **plan)
    expected = {name: band(best[x][:, 0]) for name, x in zip("ND", "ND", strict=True)}
    middle = float(expected["N"]["median"])
    losses = optimum.loss_of_size(*drawn, [middle], 5e23, **plan)[:, 0]
    expected["loss"] = band(losses)
    expected["ratio"] = band(best["tokens_per_parameter"][:, 0])
    expected["excess"] = band(losses / best["loss"][:, 0] - 1)
    for name, levels in expected.items():
        for level, x in levels.items():
            assert found[name][level] == pytest.approx(float(x), rel=2e-4, abs=1e-8), (name, level)


def test_a_size_of_ones_own_is_what_the_loss_is_of(made, drawn):
    found = seen(made, "view", C=5e23, size=2e10)
    losses = optimum.loss_of_size(*drawn, [2e10], 5e23)[:, 0]
    assert found["bands"]["loss"]["median"] == pytest.approx(
        float(band(losses)["median"]), rel=1e-6
    )
    assert found["tokens"] == pytest.approx(5e23 / 6 / 2e10)
    said = seen(made, "sentences(view, state).join(' ')", C=5e23, size=2e10)
    assert "Your size, 20B, is trained on 4.17T tokens." in said
    serving = "sentences(view, state).join(' ')"
    beyond = seen(made, serving, C=1e23, size=1e12, inference_tokens=1e13)
    assert "Your size, 1T, is more than this budget pays for." in beyond


def test_money_is_plain_arithmetic(made):
    money = seen(made, "moneyOf(view, state)", C=1e24, peak=1000.0, mfu=0.5, price=2.0, gpus=100)
    hours = 1e24 / (1000e12 * 0.5) / 3600
    assert money == pytest.approx(dict(hours=hours, dollars=2 * hours, days=hours / 2400), rel=1e-6)


def test_what_serving_takes_is_not_training(made):
    view = seen(made, "view", C=1e24, inference_tokens=1e13)
    served = 2 * view["size"] * 1e13
    assert view["training"] + served == pytest.approx(1e24, rel=1e-6)


def test_the_curve_lies_around_the_band_and_never_below_nothing(made):
    view = seen(made, "view", C=1e24)
    x, bands = view["curve"]["x"], view["curve"]["bands"]
    assert x[0] < view["bands"]["N"]["lo95"] and x[-1] > view["bands"]["N"]["hi95"]
    assert (np.diff(x) > 0).all()
    assert (bands["lo95"] >= 0).all() and (bands["hi95"] >= bands["median"]).all()


def test_a_budget_that_buys_nothing_is_said(made):
    low = replace_budget(made, 1e-3)
    said = seen(low, "sentences(view, state).join(' ')", C=1e-2)
    assert "buys no token even for the smallest model" in said


def replace_budget(made, low):
    ranges = made["data"]["ranges"]
    ranges = ranges | dict(budget=ranges["budget"] | dict(low=low))
    return dict(made, data=made["data"] | dict(ranges=ranges))


def test_the_csv_holds_all_that_is_on_view(made):
    text = seen(made, "csvOf(view, state, settings)", C=1e24, largest_N=4e10)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert all(None not in row and None not in row.values() for row in rows)
    by_name = {(row["kind"], row["name"]): row for row in rows}
    assert float(by_name["setting", "C"]["value"]) == 1e24
    assert float(by_name["setting", "largest_N"]["value"]) == 4e10
    assert float(by_name["result", "N"]["hi95"]) <= 4e10 * (1 + 1e-9)
    view = seen(made, "view", C=1e24, largest_N=4e10)
    curve = [row for row in rows if row["kind"] == "excess_percent"]
    assert [float(row["at"]) for row in curve] == pytest.approx(list(view["curve"]["x"]))
    assert {("result", "loss"), ("result", "dollars"), ("result", "tokens")} <= set(by_name)
    assert text.startswith("kind,name,at,value,lo95,lo80,hi80,hi95\n")


def test_the_address_holds_the_settings(made):
    changes = dict(C=3.8e25, largest_D=2e13, size=4e11, mfu=0.35)
    back = seen(made, "stateOf(fragmentOf(state, begin), settings, [])", **changes)
    assert back == changes
    address = seen(made, "fragmentOf(state, begin)", **changes)
    assert "C=3.8e25" in address and "largest_N" not in address
    same = seen(made, "stateOf(fragmentOf(state, begin), settings, [])")
    assert same == {}


@pytest.mark.parametrize(
    ("fragment", "state"),
    [
        ("#explorer?C=3e24&mfu=none&price=-1&size=x&nobody=1", dict(C=3e24)),
        ("#explorer?C=1e99", dict(C=1e27)),
        ("#explorer?largest_D=1e12&C=<b>", dict(largest_D=1e12)),
        ("#figure-frontier", {}),
    ],
)
def test_an_address_that_says_it_wrongly_is_passed_over(made, fragment, state):
    assert seen(made, f"stateOf({fragment!r}, settings, [])") == state


def test_sliders_and_values_are_inverse(made):
    last = """
const steps = [0, 1, 77, 300, 599, STEPS];
settings.map((x) => steps.map((step) => place(x, valueAt(x, step))))"""
    for row in seen(made, last):
        np.testing.assert_allclose(row, [0, 1, 77, 300, 599, 600], atol=1)


def test_a_lattice_shows_its_own_rows(made, small_fit):
    law, values = small_fit.drawn()
    C = [1e22, 1e23, 1e24]
    table = optimum.table(law, values, C)
    lattice = {name: [float(x) for x in column] for name, column in table.items()}
    lattice["N_hi95"][1] = None
    data = made["data"] | dict(variants=[dict(label="", lattice=lattice)])
    script = """
const settings = settingsOf(data);
const state = { ...Object.fromEntries(settings.map((x) => [x.id, x.value])), C: 1e23 };
const view = viewOf(data, state);
const [ids, rows] = [settings.map((x) => x.id), rowsOf(view).map((x) => x[0])];
({ view, ids, rows, near: within(settings[0], 4e23) })"""
    found = run(PARTS + script, data=data)
    assert found["view"]["bands"]["N"]["median"] == table["N"][1]
    assert found["view"]["bands"]["N"]["hi95"] == np.inf
    assert found["view"]["bands"]["loss"]["lo80"] == table["loss_at_N_lo80"][1]
    assert found["near"] == 1e24 and "largest_D" not in found["ids"] and len(found["rows"]) == 4
