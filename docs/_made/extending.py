"""A page for each kind of addition: its part of CONTRIBUTING.md, whose examples are tested."""

from __future__ import annotations

import re
from pathlib import Path

FILE = Path(__file__).parents[2] / "CONTRIBUTING.md"
KINDS = {  # heading in CONTRIBUTING.md -> page
    "A law": "law",
    "A likelihood": "likelihood",
    "A reader": "reader",
    "A check": "check",
    "A figure": "figure",
    "A question": "question",
    "A section of the report": "section",
    "A command": "command",
}


def parts() -> dict[str, str]:
    """Heading of level 2 or 3 -> the text below it, as CONTRIBUTING.md has them."""
    text = re.sub(r"^```.*?^```$", _hidden, FILE.read_text(encoding="utf-8"), flags=re.M | re.S)
    pieces = re.split(r"^#{2,3} (.+)$", text, flags=re.M)
    return {
        head: body.replace(HIDDEN, "#").strip()
        for head, body in zip(pieces[1::2], pieces[2::2], strict=True)
    }


HIDDEN = "\x00"  # a comment in a block of code is no heading


def _hidden(block: re.Match[str]) -> str:
    return block[0].replace("#", HIDDEN)


def pages() -> dict[str, str]:
    """Path of a page -> its Markdown."""
    found = parts()
    made = {f"extending/{page}.md": f"# {head}\n\n{found[head]}\n" for head, page in KINDS.items()}
    links = "\n".join(f"* [{head}]({page}.md)" for head, page in KINDS.items())
    made["extending/index.md"] = (
        f"# Adding something is one file\n\n{found['Adding something is one file']}\n\n{links}\n"
    )
    made["extending/packaging.md"] = (
        f"# Packaging an addition\n\n{found['Packaging an addition']}\n"
    )
    return made
