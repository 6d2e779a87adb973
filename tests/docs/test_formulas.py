"""Formulas of law files become MathML that says what the file says."""

import re
from xml.etree import ElementTree

import pytest

from bayesfit import models
from docs._made import formulas


def shape(text: str) -> str:
    """A formula in brackets, so that a test can be read: fractions (a/b), powers a^b, a_b."""
    return _of(ElementTree.fromstring(str(formulas.math(text))))


def _of(node: ElementTree.Element) -> str:
    inside = [_of(child) for child in node]
    if node.tag == "mfrac":
        return f"({inside[0]}/{inside[1]})"
    if node.tag in ("msup", "msub"):
        return f"{inside[0]}{'^' if node.tag == 'msup' else '_'}{{{inside[1]}}}"
    return (node.text or "").strip() + "".join(inside)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("E + A / N**alpha", "E+(A/N^{α})"),
        ("a b / c d", "(ab/c)d"),  # a slash divides what stands before it, and one factor after
        ("A / (N**alpha D_ft**beta)", "(A/N^{α}D_{ft}^{β})"),
        ("(A/N**alpha)**(1/q)", "((A/N^{α}))^{(1/q)}"),
        ("b D**-c0", "bD^{−c_{0}}"),
        ("N* = G (C / 6)**a", "N^{∗}=G((C/6))^{a}"),
        ("exp(a3 N**gamma + b3)", "exp(a_{3}N^{γ}+b_{3})"),
        ("a E^**delta", "aE\N{COMBINING CIRCUMFLEX ACCENT}^{δ}"),
        ("sum_k (eta_(k-1) - eta_k)", "∑_{k}(η_{k−1}−η_{k})"),
        ("A / N'**alpha", "(A/N^{′}^{α})"),
    ],
)
def test_shapes(text, wanted):
    assert shape(text) == wanted


@pytest.mark.parametrize("text", ["E + (A", "E = = A", "a / ", "a & b"])
def test_what_is_no_formula_is_refused(text):
    with pytest.raises(formulas.NotAFormula):
        formulas.math(text)


@pytest.mark.parametrize("name", models.names())
def test_every_law_has_a_title_and_a_formula(name):
    """Every number of the first line is in the MathML, and nothing that only Python writes."""
    title, html = formulas.heading(models.describe(name))
    equations = re.findall(r"<math.*?</math>", str(html), flags=re.S)
    assert title and equations
    shown = re.sub(r"<[^>]+>", "", str(html))
    assert "**" not in shown and "_" not in shown
    line = models.describe(name).partition(": ")[2]
    assert set(re.findall(r"\d+", line)) <= set(
        re.findall(r"\d+", re.sub(r"<[^>]+>", " ", str(html)))
    )
    for equation in equations:
        ElementTree.fromstring(equation)  # well formed
