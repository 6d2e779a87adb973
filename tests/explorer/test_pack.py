"""What a page carries: draws, functions, groups, ranges; a lattice if a law is not translated."""

import json
from base64 import b64decode
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bayesfit import explorer, models
from bayesfit.constants import UNSEEN
from bayesfit.data.runs import from_frame
from bayesfit.explorer.pack import BYTES, DRAWS, LATTICE, pack
from bayesfit.explorer.ranges import ranges
from bayesfit.law import within
from bayesfit.machines import MFU, middle
from bayesfit.prediction import optimum

from .node import PARTS, drawn, needs_node, run

BUDGETS = (1e19, 3e24, 1e26)
LOOPED = '''"""A law that jax traces to a loop: L = ...."""

from jax.lax import fori_loop
from jax.numpy import log
from numpyro.distributions import LogNormal

from bayesfit.law import Law


def priors(ref):
    return dict(a=LogNormal(-1.1, 0.1), b=LogNormal(-1.2, 0.1))


def log_loss(p, runs):
    due = 300.0 * runs.N**-p.a + 500.0 * runs.D**-p.b
    return log(fori_loop(0, 2, lambda i, x: x + 0.8, due))


law = Law(rows="final", priors=priors, log_loss=log_loss)
'''


def test_an_untranslatable_law_has_a_lattice_and_says_why(tmp_path):
    file = tmp_path / "looped.py"
    file.write_text(LOOPED)
    law, values, _, labels = drawn(models.load(str(file)), data="pile")
    made = pack(law, values, labels, BUDGETS, {})
    assert made.code == () and "primitive scan" in made.data["reason"]
    lattice = made.data["variants"][0]["lattice"]
    table = optimum.table(law, values, lattice["C"])
    assert len(lattice["C"]) == LATTICE and 3e24 in lattice["C"]
    for name in table:
        np.testing.assert_array_equal(lattice[name], table[name], err_msg=name)
    json.dumps(made.data, allow_nan=False)


def test_where_no_draw_has_a_best_size_the_lattice_says_nothing(tmp_path):
    file = tmp_path / "endless.py"
    file.write_text(LOOPED.replace("500.0 * runs.D**-p.b", "0.0"))
    law, values, _, labels = drawn(models.load(str(file)), data="pile")
    lattice = pack(law, values, labels, BUDGETS, {}).data["variants"][0]["lattice"]
    assert set(lattice["N"]) == {None} and set(lattice["without_optimum"]) == {1.0}


def test_groups_share_their_functions_and_differ_in_what_they_read():
    law, values, _, labels = drawn(models.load("kaplan_transfer"))
    made = pack(law, values, labels, BUDGETS, {})
    variants = made.data["variants"]
    assert [x["label"] for x in variants] == [*labels, UNSEEN] and len(labels) > 1
    assert len({x["loss"]["code"] for x in variants}) == 1
    assert len({tuple(x["loss"]["reads"]) for x in variants}) == len(variants)


def test_a_law_with_one_optimum_for_all_groups_has_no_menu():
    law, values, _, labels = drawn(models.load("chinchilla_approach2"))
    assert [x["label"] for x in pack(law, values, labels, BUDGETS, {}).data["variants"]] == [""]


def test_numbers_that_are_the_same_in_all_draws_are_not_packed():
    law, values, _, labels = drawn(models.load("chinchilla_approach3"))
    made = pack(law, values, labels, BUDGETS, {})
    packed = b64decode(made.data["numbers"])
    columns = len(packed) / BYTES / made.data["draws"]
    waves, pivots = values["misfit_height"].shape[1], values["misfit_pull"].shape[1]
    assert columns == 5 + 4 * waves + pivots
    rest = {name: x for name, x in made.data.items() if name != "numbers"}
    numbers = len(made.data["numbers"]) * DRAWS / made.data["draws"]
    whole = len(json.dumps(rest)) + len(explorer.script(made.code)) + numbers
    assert whole < 400_000  # bytes that the explorer adds to a page


def test_what_is_packed_keeps_eight_digits():
    law, values, _, labels = drawn(models.load("chinchilla_approach1"))
    made = pack(law, values, labels, BUDGETS, {})
    (where,) = [x["closed"] for x in made.data["variants"]]
    raw = np.frombuffer(b64decode(made.data["numbers"]), np.uint8).reshape(-1, BYTES)
    numbers = np.pad(raw, ((0, 0), (0, 8 - BYTES))).view(">f8").reshape(-1, 40)
    there = sorted(numbers[i][0] for i in where["reads"])
    wanted = sorted(values[name][0] for name in ("G", "a") if name in values)
    np.testing.assert_allclose(there, wanted, rtol=1e-8)


@needs_node
def test_the_columns_of_a_page_are_those_draws():
    law, values, _, labels = drawn(models.load("kaplan_transfer"))
    data = pack(law, values, labels, BUDGETS, {}).data
    found = run(f"{PARTS}\ncolumnsOf(data)(0)", data=data)
    near = [np.abs(np.reshape(x, (40, -1)).T / found - 1).max(1).min() for x in values.values()]
    assert min(near) < 1e-8


@needs_node
@pytest.mark.parametrize("code", [0, 2])
def test_the_loss_of_each_group_is_its_own(code):
    law, values, _, labels = drawn(models.load("kaplan_transfer"))
    made = pack(law, values, labels, BUDGETS, {})
    script = """
const law = makeLaw(data, data.variants[group], eval(`[${code.join(",")}]`));
const plan = { C: 1e22, largestN: 1e99, largestD: 1e99, inference: 0, given: [] };
makeSearch(data.rule).lossOf(law, plan, 2e9)"""
    found = run(PARTS + script, data=made.data, code=[*made.code], group=code)
    expected = optimum.loss_of_size(within(law, code), values, [2e9], 1e22)[:, 0]
    np.testing.assert_allclose(np.exp(found), expected, rtol=1e-7)


def test_ranges_follow_the_runs():
    table = pd.DataFrame(dict(N=[3e5, 2e9], D=[2e8, 9e10], loss=[4.0, 2.5], quality=[0.2, 0.9]))
    runs = from_frame(table, "two", simulated=True)
    found = ranges(models.load("quality"), runs, [])
    assert found["budget"] == dict(low=1e14, high=1e27, value=1e25)
    assert found["size"]["low"] == 3e5 and found["tokens"]["low"] == 2e8
    given = found["given"][0]
    assert given["name"] == "quality" and (given["low"], given["high"]) == (0.2, 0.9)
    assert given["value"] == pytest.approx(np.sqrt(0.2 * 0.9))
    assert ranges(models.load("quality"), runs, [1e21, 3e28])["budget"]["value"] == 3e28
    assert ranges(models.load("quality"), runs, [3e28])["budget"]["high"] == 3e28


def test_what_never_varies_in_the_runs_may_be_tried_nearby():
    table = pd.DataFrame(dict(N=[3e8, 2e9], D=[2e9, 9e10], loss=[4.0, 2.5], quality=[0.5, 0.5]))
    given = ranges(models.load("quality"), from_frame(table, "t"), [])["given"][0]
    assert given["low"] < 0.5 < given["high"]


def test_a_law_without_a_best_size_has_no_explorer(small_fit):
    assert explorer.explored(replace(small_fit, law=models.load("kaplan_n"))) is None
    made = explorer.explored(small_fit, [3e23])
    assert made["data"]["start"]["mfu"] == middle(MFU)  # GPU time is that of `budget`
    assert made["data"]["ranges"]["budget"]["value"] == 3e23
    assert made["data"]["variants"][0]["own"] is None  # the likelihood believes the law
    assert made["data"]["variants"][0]["closed"] is not None
