"""Pages opened by headless Chromium, without a network, and driven there by a script.

Chromium is spoken to over two pipes by its DevTools protocol: one JSON message after another, each
with a zero byte behind it. So nothing has to be installed beside it, and a page stays as it is.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None or os.name == "nt", reason="Chromium, which drives the page, is not here"
)
# The sandbox of Chromium does not work for root, as whom containers run tests.
AS_ROOT = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
OFFLINE = "--host-resolver-rules=MAP * ^NOTFOUND"

# Chromium reads from the file descriptor 3 and writes to 4: a shell knows none above 9 as a source.
START = """
import os, sys
ends = [os.dup(os.dup(int(x))) for x in sys.argv[1:3]]  # neither of them 3 or 4
for end, place in zip(ends, (3, 4)):
    os.dup2(end, place)
os.execvp(sys.argv[3], sys.argv[3:])
"""

# Each row of settings is written into the fields of the explorer, as a reader does, and what its
# button "CSV of what is on view" saves is kept.
DRIVER = """
(async (rows) => {
  const saved = [];
  URL.createObjectURL = (blob) => (saved.push(blob), "#");
  HTMLAnchorElement.prototype.click = () => {}; // nothing is downloaded
  const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const seen = [];
  for (const settings of rows) {
    for (const [id, text] of Object.entries(settings)) {
      const field = document.getElementById(`explorer-${id}`);
      field.value = text;
      field.dispatchEvent(new Event("change"));
    }
    await painted();
    document.getElementById("explorer-csv").click();
    seen.push(await saved.pop().text());
  }
  return seen;
})"""


class Browser:
    """A running Chromium with one empty page."""

    def __init__(self, to: int, back: int) -> None:
        self._to, self._back, self._rest, self._last = to, back, b"", 0
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        self.ask("Page.enable")
        self.ask("Runtime.enable")
        self.complaints: list[Any] = []

    def ask(self, method: str, **params: Any) -> dict:
        """What one command of the protocol returns."""
        self._last += 1
        session = getattr(self, "_session", {})
        message = dict(id=self._last, method=method, params=params) | session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        answer = next(x for x in self._heard() if x.get("id") == self._last)
        assert "error" not in answer, (method, answer)
        return answer["result"]

    def _heard(self) -> Iterator[dict]:
        while True:
            while b"\0" not in self._rest:
                got = os.read(self._back, 1 << 20)
                assert got, "Chromium has ended"
                self._rest += got
            one, _, self._rest = self._rest.partition(b"\0")
            message = json.loads(one)
            if message.get("method") in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled"):
                self.complaints.append(message["params"])
            yield message

    def open(self, file: Path) -> None:
        """Open a page, and wait until it is there."""
        self.ask("Page.navigate", url=file.as_uri())
        next(x for x in self._heard() if x.get("method") == "Page.loadEventFired")

    def run(self, script: str) -> Any:
        """What an expression comes to in the page; a promise is waited for."""
        found = self.ask(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True,
            userGesture=True,
        )  # fmt: skip
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """Chromium without a network; what it writes goes to a folder."""
    (to_read, to), (back, back_write) = os.pipe(), os.pipe()
    wanted = [
        str(CHROMIUM), "--headless", *AS_ROOT, "--disable-gpu", "--disable-dev-shm-usage", OFFLINE,
        f"--user-data-dir={folder / 'profile'}", "--remote-debugging-pipe",
    ]  # fmt: skip
    start = [sys.executable, "-c", START, str(to_read), str(back_write), *wanted]
    with subprocess.Popen(
        start, pass_fds=(to_read, back_write), stderr=subprocess.DEVNULL
    ) as process:
        os.close(to_read)
        os.close(back_write)
        try:
            yield Browser(to, back)
        finally:
            os.close(to)  # Chromium ends when nobody can speak to it any more
            os.close(back)
            process.terminate()


def drive(page: str, rows: Sequence[dict[str, str]], folder: Path) -> list[str]:
    """The CSV that the explorer of a page saves for each row of settings.

    Args:
        page: HTML.
        rows: id of a field (without `explorer-`) -> text.
    """
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    with browser(folder) as chromium:
        chromium.open(file)
        seen = chromium.run(f"{DRIVER}({json.dumps([*rows])})")
        assert not chromium.complaints
    return seen
