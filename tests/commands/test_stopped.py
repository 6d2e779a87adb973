"""Ctrl-C and SIGTERM at several moments of a run: a sentence, an exit code, and nothing left over.

Each moment is seen from outside, by what the process has imported, said or written.
"""

import os
import signal
import subprocess
import sys
import time

import pytest

from .conftest import FITTED

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs the signals of POSIX")
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}
# Said on stderr as each moment comes; the last one is a compiled program that never ends, run in a
# callback that swallows whatever is raised.
MOMENTS = {
    "importing": "print('now', file=sys.stderr, flush=True); import jax, arviz; time.sleep(60)",
    "estimate": "at(stages, 'estimate')",
    "posterior": "at(stages, 'posterior')",
    "compiled": "stages.posterior = lambda *_: never()",
    "figures": "at(folder, 'draw')",
}
CODE = """
import signal, sys, time
# Whoever runs the tests in the background of a shell ignores SIGINT, and so would this.
signal.signal(signal.SIGINT, signal.default_int_handler)
from bayesfit import stopping
stopping.listen()
{first}
from bayesfit import stages
from bayesfit.commands import main
from bayesfit.output import folder

def at(module, name):
    whole = getattr(module, name)
    def loud(*given):
        print("now", file=sys.stderr, flush=True)
        return whole(*given)
    setattr(module, name, loud)

def never():
    import jax
    print("now", file=sys.stderr, flush=True)
    count = jax.jit(lambda: jax.lax.while_loop(lambda i: i >= 0, lambda i: (i + 1) % 9, 0))
    while True:
        try:
            count().block_until_ready()
        except BaseException:
            pass

{moment}
main({arguments!r})
"""


def started(moment, out):
    arguments = ["run", *FITTED, "--bootstrap", "50", "--starts", "16", "--out", str(out)]
    first = MOMENTS[moment] if moment == "importing" else ""
    code = CODE.format(first=first, moment="" if first else MOMENTS[moment], arguments=arguments)
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def stopped(process, number):
    """What it says after the signal, and the seconds until it has ended."""
    with process:
        while process.stderr.readline() not in ("now\n", ""):
            pass
        time.sleep(0.05)
        process.send_signal(number)
        began = time.monotonic()
        said = process.communicate(timeout=30)[1]
        return said.splitlines(), time.monotonic() - began


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        ("importing", signal.SIGINT),
        ("estimate", signal.SIGTERM),
        ("compiled", signal.SIGINT),
        pytest.param("compiled", signal.SIGTERM, marks=pytest.mark.slow),
        pytest.param("posterior", signal.SIGINT, marks=pytest.mark.slow),
        pytest.param("figures", signal.SIGTERM, marks=pytest.mark.slow),
    ],
)
def test_a_signal_ends_a_run_at_once(moment, number, tmp_path):
    process = started(moment, tmp_path / "out")
    said, seconds = stopped(process, number)
    assert process.returncode == CODES[number], said
    assert seconds < 20  # where nothing would end it; a second on a quiet machine
    assert said[-1].startswith("stopped") and not any("Traceback" in line for line in said)
    assert ("--resume" in said[-1]) is (moment != "importing")
    left = [path.name.rpartition(".")[2] for path in tmp_path.iterdir()]
    assert left == ["unfinished"] * (moment != "importing")


def test_what_a_shell_ignores_stays_ignored():
    code = (
        "import os, signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "from bayesfit import stopping; stopping.listen()\n"
        "os.kill(os.getpid(), signal.SIGINT); print('still here')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "still here\n" and done.returncode == 0


def test_nothing_is_listened_to_by_a_program_that_imports_bayesfit():
    code = (
        "import signal\n"
        "handlers = lambda: [signal.getsignal(x) for x in (signal.SIGINT, signal.SIGTERM)]\n"
        "before = handlers()\n"
        "import bayesfit, bayesfit.commands, bayesfit.output.place, bayesfit.stopping\n"
        "assert handlers() == before"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
