"""A formula as a law's file writes it -> MathML, which browsers typeset without any script.

The first line of a law's docstring is a title, a colon, the formula, and words after commas:
``Henighan: L(N) = L_inf + (N_0 / N)**alpha.`` A grammar of sums, products, fractions and powers
reads it; words among them stay words. What is none of this raises `NotAFormula`.
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from bayesfit.report._maths import GREEK, HAT, typeset

FUNCTIONS = ("exp", "log10", "log", "ln")
NAMES = {*GREEK, "lean", "tilt", "bend", "width", "depth", "overfit", "Err"}
TOKEN = re.compile(
    r"\s*(?:(?P<dots>\.\.\.)"
    r"|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<name>[A-Za-z]+\d*(?:_(?:[A-Za-z0-9]+|\([^)]*\)))?(?:\*(?!\*)(?=\s*[=)/,]|$)|\^(?!\w)|'*))"
    r"|(?P<power>\*\*)|(?P<sign>[-+*/=(),]))"
)


class NotAFormula(ValueError):
    """Text that the grammar does not read."""


def heading(line: str) -> tuple[str, str]:
    """(title, HTML of the formula and what is said of it) of the first line of a law's file."""
    title, _, rest = line.rstrip(".").partition(": ")
    parts = clauses(rest)
    return title, Markup(", ").join(_clause(part) for part in parts)


def clauses(text: str) -> list[str]:
    """What stands between commas that no bracket holds."""
    found, depth, start = [], 0, 0
    for at, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            found.append(text[start:at].strip())
            start = at + 1
    return [*found, text[start:].strip()]


def _clause(text: str) -> Markup:
    """MathML of each equation in a clause, and words as they are."""
    if "=" not in text:
        return typeset(text)
    before = re.match(r"(?:with|where) ", text)
    opening = before.group() if before else ""
    halves = re.split(r" and (?=\w+ = )", text[len(opening) :])
    return escape(opening) + Markup(" and ").join(math(half) for half in halves)


def math(text: str) -> Markup:
    """MathML of an equation or an expression.

    Raises:
        NotAFormula: it is neither.
    """
    inside = _Reader(text).equation()
    return Markup('<math displaystyle="true" alttext="{}">{}</math>').format(text, inside)


class _Reader:
    """Recursive descent over the tokens of a formula; methods return MathML."""

    def __init__(self, text: str):
        self.tokens: list[tuple[str, str]] = []
        at = 0
        while at < len(text.rstrip()):
            found = TOKEN.match(text, at)
            if found is None:
                raise NotAFormula(f"{text[at : at + 12]!r} in {text!r}")
            self.tokens.append((str(found.lastgroup), found[found.lastgroup or 0]))
            at = found.end()
        self.at = 0

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def take(self) -> tuple[str, str]:
        self.at += 1
        return self.tokens[self.at - 1]

    def accept(self, *signs: str) -> str:
        kind, text = self.peek()
        if kind in ("sign", "power") and text in signs:
            self.at += 1
            return text
        return ""

    def equation(self) -> Markup:
        sides = [self.sum()]
        while self.accept("="):
            sides.append(self.sum())
        if self.peek()[0] != "end":
            raise NotAFormula(f"{self.peek()[1]!r} at the end")
        return Markup("<mo>=</mo>").join(sides)

    def sum(self) -> Markup:
        parts = [self.product()]
        while sign := self.accept("+", "-"):
            parts += [Markup("<mo>{}</mo>").format("−" if sign == "-" else "+"), self.product()]
        return Markup("").join(parts)

    def product(self) -> Markup:
        """Factors side by side; a slash divides all that stands before it."""
        done = self.factor()
        while True:
            if self.accept("/"):
                done = Markup("<mfrac><mrow>{}</mrow><mrow>{}</mrow></mfrac>").format(
                    _bare(done), _bare(self.factor())
                )
            elif self.accept("*"):
                done += Markup("<mo>·</mo>") + self.factor()
            elif self.peek()[0] in ("number", "name", "dots") or self.peek()[1] == "(":
                done += Markup('<mspace width="0.16em"/>') + self.factor()
            else:
                return done

    def factor(self) -> Markup:
        if self.accept("-"):
            return Markup("<mo>−</mo>") + self.factor()
        base = self.atom()
        if self.accept("**"):
            raised = Markup("<mo>−</mo>") if self.accept("-") else Markup("")
            raised += _bare(self.atom())
            return Markup("<msup><mrow>{}</mrow><mrow>{}</mrow></msup>").format(base, raised)
        return base

    def atom(self) -> Markup:
        if self.accept("("):
            inside = self.sum()
            self.close()
            return Markup("<mrow><mo>(</mo>{}<mo>)</mo></mrow>").format(inside)
        kind, text = self.take() if self.peek()[0] != "end" else ("end", "")
        if kind == "number":
            return Markup("<mn>{}</mn>").format(text)
        if kind == "dots":
            return Markup("<mo>…</mo>")
        if kind != "name":
            raise NotAFormula(f"{text!r} where a number or a name was expected")
        return self.named(text)

    def named(self, text: str) -> Markup:
        """A function with its arguments, a symbol, or words."""
        word = re.match(r"[A-Za-z]+", text)
        assert word is not None
        if text in FUNCTIONS:
            return self.applied(text)
        if len(word.group()) > 1 and word.group() not in NAMES and text == word.group():
            return self.words(text)
        called = self.peek() == ("sign", "(") and text in ("L", "G")
        return symbol(text) + (self.arguments() if called else Markup(""))

    def applied(self, name: str) -> Markup:
        """exp(x), and log N without brackets."""
        if name == "log10":
            head = Markup("<msub><mi>log</mi><mn>10</mn></msub>")
        else:
            head = Markup("<mi>{}</mi>").format(name)
        inside = self.arguments() if self.peek()[1] == "(" else self.factor()
        return head + Markup('<mspace width="0.1em"/>') + inside

    def arguments(self) -> Markup:
        self.accept("(")
        parts = [self.sum()]
        while self.accept(","):
            parts.append(self.sum())
        self.close()
        inside = Markup("<mo>,</mo>").join(parts)
        return Markup("<mrow><mo>(</mo>{}<mo>)</mo></mrow>").format(inside)

    def close(self) -> None:
        if not self.accept(")"):
            raise NotAFormula("a bracket is not closed")

    def words(self, first: str) -> Markup:
        """Words of a sentence that stand where a symbol would."""
        said = [first]
        while self.peek()[0] == "name" and re.fullmatch(r"[a-z]+", self.peek()[1]):
            said.append(self.take()[1])
        return Markup("<mtext>\u00a0{}\u00a0</mtext>").format(" ".join(said))


def symbol(text: str) -> Markup:
    """A letter in Greek where it is one, with its index, hat, star or prime."""
    found = re.fullmatch(r"([A-Za-z]+)(\d*)(?:_(\w+|\(.*\)))?(\*|\^|'*)", text)
    if found is None:
        raise NotAFormula(text)
    letter, digits, below, mark = found.groups()
    name = GREEK.get(letter, letter) + HAT * (mark == "^")
    made = Markup("<mo>∑</mo>") if letter == "sum" else Markup("<mi>{}</mi>").format(name)
    index = (digits or below or "").removeprefix("(").removesuffix(")")
    if below and digits:
        index = f"{digits} {below}"
    if index:
        inside = Markup("<mi>{}</mi>").format(GREEK.get(index, index).replace("-", "−"))
        made = Markup("<msub>{}<mrow>{}</mrow></msub>").format(made, inside)
    if mark in ("*", "'"):
        made = Markup("<msup>{}<mo>{}</mo></msup>").format(made, "∗" if mark == "*" else "′")
    return made


def _bare(made: Markup) -> Markup:
    """What stands in one pair of brackets, without them: a fraction or an exponent has its own."""
    opening, closing = "<mrow><mo>(</mo>", "<mo>)</mo></mrow>"
    text = str(made)
    if not (text.startswith(opening) and text.endswith(closing)):
        return made
    inner = text[len(opening) : -len(closing)]
    depth = 0
    for found in re.finditer(r"<mo>([()])</mo>", inner):
        depth += 1 if found[1] == "(" else -1
        if depth < 0:
            return made
    return Markup(inner)
