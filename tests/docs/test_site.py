"""The site builds without a warning, its links lead somewhere, and it asks no other host."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import pytest

import bayesfit
from bayesfit.commands import main

from .pages import ROOT

LOADS = {  # what a browser fetches without being asked: tag -> attribute
    "script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href", "use": "href",
}  # fmt: skip
OTHER_HOSTS = {"arxiv.org"}  # what a reader may be sent to, by a click
ADDED = {"https://squidfunk.github.io/mkdocs-material/"}  # links that the theme puts in itself


class Page(HTMLParser):
    """Addresses that a page links to and loads, and the names of its parts."""

    def __init__(self, text: str):
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.names: set[str] = set()
        self.wordless = 0  # pictures without words for who does not see them
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.names |= {given[x] for x in ("id", "name") if x in given}
        self.wordless += tag == "img" and not given.get("alt")
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if LOADS.get(tag) in given:
            self.loads.append(given[LOADS[tag]])


class Site(NamedTuple):
    folder: Path
    pages: dict[Path, Page]

    def internal(self) -> Iterator[tuple[Path, str]]:
        """(page, address) of everything that should be in the site itself."""
        for path, page in self.pages.items():
            for address in (*page.links, *page.loads):
                if not urlsplit(address).scheme and not address.startswith("//"):
                    yield path, address


def built(folder: Path, **environment: str) -> Site:
    """The site as `make docs` builds it, with warnings as errors."""
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder],
        cwd=ROOT, capture_output=True, text=True, env=os.environ | environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found = sorted(folder.rglob("*.html"))
    return Site(folder, {path: Page(path.read_text(encoding="utf-8")) for path in found})


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """All pages and their words; pictures of laws take longer, and a slow test."""
    return built(tmp_path_factory.mktemp("site"), BAYESFIT_DOCS="words")


def target(site: Site, page: Path, address: str) -> tuple[Path, str]:
    """The file that an address of a page means, and the part of it."""
    parts = urlsplit(address)
    path = unquote(parts.path)
    here = site.folder / path.lstrip("/") if path.startswith("/") else page.parent / path
    file = page if not path else Path(os.path.normpath(here))
    return (file / "index.html" if file.is_dir() else file), unquote(parts.fragment)


def test_links_lead_somewhere(site):
    missing = []
    for page, address in site.internal():
        if page.name == "404.html":  # it is shown at any address, and its links are the theme's
            continue
        file, part = target(site, page, address)
        known = site.pages.get(file)
        if not file.exists() or (part and known and part not in known.names | {"__skip"}):
            missing.append(f"{page.relative_to(site.folder)}: {address}")
    assert not missing, "\n".join(missing)


def test_nothing_is_loaded_from_another_host(site):
    for path, page in site.pages.items():
        assert not [x for x in page.loads if "//" in x], path
    styles = "".join(x.read_text(encoding="utf-8") for x in site.folder.rglob("*.css"))
    assert "url(http" not in styles and "url(//" not in styles and "@import" not in styles
    # The theme's script fetches mermaid where a page has such a diagram: none has.
    text = "".join(path.read_text(encoding="utf-8") for path in site.pages)
    assert 'class="mermaid"' not in text and "language-mermaid" not in text


def test_a_reader_is_sent_only_to_papers(site):
    hosts = {
        urlsplit(x).netloc
        for page in site.pages.values()
        for x in page.links
        if urlsplit(x).scheme and x not in ADDED
    }
    assert hosts == OTHER_HOSTS


def test_every_law_command_and_public_name_has_its_place(site):
    for law in bayesfit.models.names():
        assert (site.folder / "laws" / law / "index.html") in site.pages
    commands = site.pages[site.folder / "reference" / "cli" / "index.html"].names
    assert set(main.list_commands(None)) <= commands
    python = site.pages[site.folder / "reference" / "python" / "index.html"].names
    modules = {"datasets", "figures", "models"}
    missing = [x for x in set(bayesfit.__all__) - modules if not _is_named(x, python)]
    assert not missing


def _is_named(public: str, names: set[str]) -> bool:
    return f"bayesfit.{public}" in names or any(x.endswith(f".{public}") for x in names)


@pytest.mark.slow
def test_with_pictures(tmp_path):
    """Priors are sampled and drawn for each law whose table is here."""
    site = built(tmp_path / "site")
    drawn = {path.name for path in (site.folder / "laws").glob("*.svg")}
    fetched = {"routed"}  # its table is not built in
    for law in set(bayesfit.models.names()) - fetched:
        assert {f"{law}-along.svg", f"{law}-runs.svg"} <= drawn
        page = site.pages[site.folder / "laws" / law / "index.html"]
        assert sum(x.endswith(".svg") for x in page.loads) == 2


def test_every_notebook_is_a_page_with_its_figures(site):
    for file in (ROOT / "notebooks").glob("*.ipynb"):
        notebook = json.loads(file.read_text(encoding="utf-8"))
        outputs = [x for cell in notebook["cells"] for x in cell.get("outputs", ())]
        kept = sum("image/png" in x.get("data", {}) for x in outputs)
        page = site.pages[site.folder / "notebooks" / file.stem / "index.html"]
        assert sum(file.stem in x for x in page.loads) == kept > 0


def test_every_picture_says_what_it_shows(site):
    wordless = [path for path, page in site.pages.items() if page.wordless]
    assert not wordless
