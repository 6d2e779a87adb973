"""The explorer in a real browser: what a reader types comes to what Python says, to four digits."""

import csv
import io

import numpy as np
import pytest

from bayesfit import explorer, models, report
from bayesfit.bands import LEVELS, band
from bayesfit.errors import InputError
from bayesfit.explorer.pack import pack
from bayesfit.explorer.ranges import ranges
from bayesfit.law import within
from bayesfit.prediction import optimum

from ..report.test_report import context
from .chromium import drive, needs_chromium
from .node import drawn, with_optimum
from .test_search import LEVEL, OWN

pytestmark = [pytest.mark.slow, needs_chromium]
SETTINGS = 50
NONE = dict(largest_N=np.inf, largest_D=np.inf, inference_tokens=0.0)
DIGITS = 5e-5  # half a unit of the fourth digit, of the largest


def anywhere(rng, low: float, high: float, even: bool = False) -> float:
    """A number that somebody might type."""
    x = rng.uniform(low, high) if even else np.exp(rng.uniform(np.log(low), np.log(high)))
    return float(f"{x:.6g}")


def row(rng, law, found: dict, labels: list[str]) -> dict:
    """One reader's settings: numbers by the names of the fields."""
    C = anywhere(rng, max(1e19, found["budget"]["low"]), found["budget"]["high"])
    limits = dict(largest_N=(1e8, 1e13), largest_D=(1e10, 1e14), inference_tokens=(1e10, 1e13))
    if not law.has_surface:
        del limits["inference_tokens"]
    chosen = dict(C=C)
    for name, ends in limits.items():
        chosen[name] = NONE[name] if rng.random() < 0.5 else anywhere(rng, *ends)
    if law.has_surface:
        best = rng.random() < 0.5 and law.name not in LEVEL
        chosen["size"] = None if best else anywhere(rng, 1e8, np.sqrt(C / 60))
    for i, x in enumerate(found["given"]):
        chosen[f"g{i}"] = anywhere(rng, x["low"], x["high"], x["even"])
    return chosen | (dict(group=str(rng.choice(labels))) if len(labels) > 1 else {})


def typed(chosen: dict) -> dict[str, str]:
    """The same as text, by the ids of the fields."""
    said = {f"{name}-text": text(name, x) for name, x in chosen.items() if name != "group"}
    return said | {name: x for name, x in chosen.items() if name == "group"}


def text(name: str, x: float | None) -> str:
    return "none" if name in NONE and x == NONE[name] else "the best" if x is None else f"{x:.6g}"


def expected(law, values, names, chosen: dict) -> dict | None:
    """Bands of the same settings by Python; None where the budget buys nothing."""
    plan = {name: x for name, x in chosen.items() if name in NONE and x != NONE[name]}
    if names:
        plan["given"] = {name: chosen[f"g{i}"] for i, name in enumerate(names)}
    try:
        best = optimum.optima(law, values, chosen["C"], **plan)
    except InputError as error:
        assert "buys no token" in str(error)
        return None
    found = {name: band(best[name][:, 0]) for name in ("N", "D")}
    size = chosen.get("size") or float(found["N"]["median"])
    if not law.has_surface or not np.isfinite(size):
        return found
    losses = optimum.loss_of_size(law, values, [size], chosen["C"], **plan)[:, 0]
    there = np.isfinite(best["N"][:, 0])
    excess = np.maximum(losses[there] / best["loss"][there, 0] - 1, 0)
    return found | dict(loss=band(losses), excess=band(excess))


def bands_of(csv_text: str) -> dict[str, dict[str, float]]:
    """Results of a CSV that the page saved: name -> level -> number."""
    read = [x for x in csv.DictReader(io.StringIO(csv_text)) if x["kind"] == "result" and x["lo95"]]
    return {x["name"]: {level: number(x, level) for level in LEVELS} for x in read}


def number(row: dict[str, str], level: str) -> float:
    return float(row["value" if level == "median" else level].replace("Infinity", "inf"))


def same(law, chosen: dict, here: dict, there: dict | None) -> None:
    """Every band of the page against Python's."""
    assert ("N" in here) == (there is not None), chosen
    for name, levels in (there or {}).items():
        for level, x in levels.items():
            seen, slack = here[name][level], allowed(law, chosen, name, float(x))
            alike = seen == x or abs(seen - x) < slack
            assert alike, (chosen, name, level, seen, x)


def allowed(law, chosen: dict, name: str, x: float) -> float:
    """How far a number of the page may be off."""
    if name in ("N", "D") and law.name in LEVEL:
        return np.inf  # which of its best sizes is found, is chance
    if name == "D":  # a small difference where serving takes nearly all: of all tokens, then
        return DIGITS * (x + chosen.get("inference_tokens", 0.0) / 3)
    return DIGITS * x + 1e-6 * (name == "excess")


def compare(law, data: str, folder, seed: int = 3) -> None:
    law, values, runs, labels = drawn(law, data=data)
    found = ranges(law, runs, [1e24])
    given = {x["name"]: x["value"] for x in found["given"]}
    budgets = tuple(found["budget"][x] for x in ("low", "value", "high"))
    made = pack(law, values, labels, budgets, given)
    assert "lattice" not in made.data["variants"][0]
    groups = [x["label"] for x in made.data["variants"]]
    whole = context(
        explorer=dict(data=dict(made.data) | dict(ranges=found, start={}), code=[*made.code])
    )
    rng = np.random.default_rng(seed)
    rows = [row(rng, law, found, groups) for _ in range(SETTINGS)]
    seen = drive(report.render(whole, {}), [typed(x) for x in rows], folder)
    bought = 0
    for chosen, saved in zip(rows, seen, strict=True):
        at = groups.index(chosen["group"]) if "group" in chosen else 0
        one = within(law, at) if len(groups) > 1 else law
        there = expected(one, values, law.given, chosen)
        same(law, chosen, bands_of(saved), there)
        bought += there is not None
    assert bought > SETTINGS / 2


@pytest.mark.parametrize("name", with_optimum())
def test_every_law_with_an_optimum(name, tmp_path):
    compare(models.load(name), "", tmp_path)


def test_a_law_file_of_the_users_own(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(OWN)
    compare(models.load(str(file)), "chinchilla", tmp_path)


def test_the_page_loads_nothing_and_says_what_it_shows(small_fit, tmp_path):
    made = explorer.explored(small_fit, [3e24])
    [saved] = drive(report.render(context(explorer=made), {}), [{"C-text": "1e24"}], tmp_path)
    assert float(next(csv.DictReader(io.StringIO(saved)))["value"]) == 1e24
