"""A formula as it is written in a file, typeset: N**alpha becomes N with a raised α."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

HAT = "\N{COMBINING CIRCUMFLEX ACCENT}"
GREEK = {"lambda": "λ"} | dict(
    alpha="α", beta="β", gamma="γ", delta="δ", epsilon="ε", zeta="ζ", eta="η",
    kappa="κ", mu="μ", nu="ν", sigma="σ", tau="τ", omega="ω",
)  # fmt: skip
PIECE = re.compile(
    r"(?P<power>\*\*|\^(?=[\w(-]))"  # what follows is raised
    r"|(?P<hat>\^)"
    r"|(?P<letter>[A-Za-z]+)(?:_(?P<below>\w+|\(.*?\)))?"
    r"|(?P<other>.)",
    re.DOTALL,
)
RAISED = re.compile(r"-?\w+'?")


def typeset(text: str) -> Markup:
    """HTML of a formula, or of words with powers in them: C^a, N**(alpha/beta), E^ for Ê."""
    parts, at = [], 0
    while at < len(text):
        piece = PIECE.match(text, at)
        assert piece is not None
        at = piece.end()
        if piece["power"]:
            raised, at = _raised(text, at)
            parts.append(Markup("<sup>{}</sup>").format(typeset(raised)))
        elif piece["hat"]:
            parts.append(Markup(HAT))
        elif piece["letter"]:
            parts.append(_named(piece["letter"], piece["below"]))
        else:
            parts.append(escape(piece["other"]))
    return Markup("").join(parts)


def _raised(text: str, at: int) -> tuple[str, int]:
    """What stands in the exponent that begins there, and where it ends."""
    if text[at : at + 1] == "(":
        end = _closed(text, at)
        return text[at + 1 : end - 1], end
    found = RAISED.match(text, at)
    end = found.end() if found else at
    if text[end : end + 1] == "(":  # a function of something
        end = _closed(text, end)
    return text[at:end], end


def _closed(text: str, at: int) -> int:
    """Just after the bracket that closes the one there."""
    depth = 0
    for end in range(at, len(text)):
        depth += (text[end] == "(") - (text[end] == ")")
        if not depth:
            return end + 1
    return len(text)


def _named(letter: str, below: str | None) -> Markup:
    """A word, in Greek where it is the name of a letter, with its index."""
    word = escape(GREEK.get(letter, letter))
    if not below:
        return word
    inside = typeset(below.removeprefix("(").removesuffix(")"))
    return Markup("{}<sub>{}</sub>").format(word, inside)
