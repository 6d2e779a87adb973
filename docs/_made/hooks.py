"""What mkdocs calls: adds the pages that are made of the code, and those that stand elsewhere.

`BAYESFIT_DOCS=words` leaves the pictures of laws out, for a quick look at the words.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

from markdown.extensions.toc import slugify
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT)] if str(ROOT) not in sys.path else []

from bayesfit import models  # noqa: E402
from docs._made import commands, extending, laws, notebooks, pictures  # noqa: E402

ELSEWHERE = {  # page -> the file of the repository that it shows
    "performance.md": "benchmarks/RESULTS.md",
    "reference/bands.md": "benchmarks/BANDS.md",
    "reference/tried.md": "benchmarks/NOTES.md",
    "changelog.md": "CHANGELOG.md",
}
CODE = re.compile(r"(^```.*?^```$|`[^`\n]+`)", flags=re.M | re.S)
PAPER = re.compile(r"(?<![>\[/\w])arXiv:(\d{4}\.\d{4,5})")  # one that is no link yet
LINK = r"[arXiv:\1](https://arxiv.org/abs/\1)"
COPIED = ("benchmarks/calibration/coverage.png", "benchmarks/calibration/sbc.png")


# File of the repository -> the page that shows it: pages link to files, and links hold there too.
SHOWN = {
    **{file: page for page, file in ELSEWHERE.items()},
    **{file: f"pictures/{Path(file).name}" for file in COPIED},
    **{f"models/{name}.py": f"laws/{name}.md" for name in models.names()},
    "models": "laws/index.md",
    "bayesfit/commands": "reference/cli.md",
    **{
        f"CONTRIBUTING.md#{slugify(head, '-')}": f"extending/{page}.md"
        for head, page in extending.KINDS.items()
    },
    "CONTRIBUTING.md": "extending/index.md",
}
OUTSIDE = re.compile(r"(?<=\]\()(?:\.\./)+[^)\s]+")


def with_pictures() -> bool:
    """Whether priors are sampled and drawn."""
    return os.environ.get("BAYESFIT_DOCS") != "words"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Fill the menu with a line for each law and each notebook."""
    menu: Any = config.nav
    for item in menu:
        if "Notebooks" in item:
            lines = [{title: f"notebooks/{name}.md"} for name, title in notebooks.titles().items()]
            item["Notebooks"] = ["notebooks/index.md", *lines]
        if "Laws" in item:
            item["Laws"] = [
                {"All laws": "laws/index.md"},
                *(
                    {heading: [{name: f"laws/{name}.md"} for name in names]}
                    for heading, names in laws.by_family().items()
                ),
            ]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add every page and picture that is made."""
    for path, text in made().items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Papers that a page names by their number are links; a file that a page shows is that page."""
    folder = os.path.dirname(page.file.src_uri)

    def linked(piece: str) -> str:
        return PAPER.sub(LINK, OUTSIDE.sub(lambda found: shown_at(found[0], folder), piece))

    pieces = CODE.split(markdown)
    return "".join(piece if piece.startswith("`") else linked(piece) for piece in pieces)


def shown_at(link: str, folder: str) -> str:
    """A link out of a folder of docs/ as the site has it."""
    file = os.path.normpath(os.path.join("docs", folder, link))
    return os.path.relpath(SHOWN[file], folder or ".") if file in SHOWN else link


def made() -> dict[str, str | bytes]:
    """Path below the site -> what stands there, of all that nobody writes."""
    found: dict[str, str | bytes] = {"reference/cli.md": commands.page(), **extending.pages()}
    found |= notebooks.made()
    found["laws/index.md"] = laws.index()
    for name in models.names():
        found[f"laws/{name}.md"] = laws.page(name, with_pictures())
        if with_pictures():
            for what in ("along", "runs"):
                drawn = pictures.picture(name, what)
                if drawn is not None:
                    found[f"laws/{name}-{what}.svg"] = drawn
    for page, file in ELSEWHERE.items():
        found[page] = standing(ROOT / file)
    for file in COPIED:
        found[f"pictures/{Path(file).name}"] = (ROOT / file).read_bytes()
    return found


def standing(file: Path) -> str:
    """A file of the repository as a page: what it links to there is named, not linked."""
    text = file.read_text(encoding="utf-8")
    return re.sub(r"\[([^\]]+)\]\((?!https?:|#)[^)]+\)", r"\1", text)
