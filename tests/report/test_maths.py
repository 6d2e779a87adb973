"""Formulas as they are read."""

import pytest

from bayesfit import models
from bayesfit.report._maths import HAT, typeset


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("A / N**alpha", "A / N<sup>α</sup>"),
        ("N* grows as C^a", "N* grows as C<sup>a</sup>"),
        ("L**(1/alpha_B) S", "L<sup>1/α<sub>B</sub></sup> S"),
        ("((N_c/N)**(a/b) + c)**d", "((N<sub>c</sub>/N)<sup>a/b</sup> + c)<sup>d</sup>"),
        ("D**-exp(a N**b + c) + E", "D<sup>-exp(a N<sup>b</sup> + c)</sup> + E"),
        ("a E^ + b", f"a E{HAT} + b"),
        ("<b> & x**2", "&lt;b&gt; &amp; x<sup>2</sup>"),
        ("x**", "x<sup></sup>"),
    ],
)
def test_powers_indices_and_greek(text, html):
    assert typeset(text) == html


@pytest.mark.parametrize("name", models.names())
def test_every_formula_is_typeset_whole(name):
    html = typeset(models.load(name).formula)
    assert "**" not in html and "^" not in html
    assert all(html.count(f"<{tag}>") == html.count(f"</{tag}>") for tag in ("sup", "sub"))
