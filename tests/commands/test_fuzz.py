"""Tables and options made at random: an answer or one sentence, never a traceback, and no hang.

What is asked for fits nothing, or is refused before a fit: the estimate is replaced by a refusal.
"""

import gzip
import random
import time

import pytest

from bayesfit import InputError, discovery, stages

from .conftest import bayesfit

LONGEST = 120.0  # seconds, after which a request hangs: on a slow machine one may compile for 20
HEADINGS = (
    *("N", "D", "C", "loss", "n_params", "N_params_B", "tokens", "tokens_B", "flops", "val_loss"),
    *("n", "d", "run", "step", "recipe", "loss_se", "N_error", "experts", "counts_as", "bpb"),
    *("", " ", "=N", "\x1b[31mN", "[red]", "$x$", "漢字", "N", "other_N", "unique_tokens", "size"),
)
CELLS = (
    *("", " ", "nan", "inf", "-inf", "0", "-1", "1e400", "1e-400", "1e308", "abc", "None", "True"),
    *("1.3B", "300GT", "5 PF-days", "1,5", "1.234,5", "1_000", "0x10", "2024-01-01", "1+2j", "#"),
    *(
        "=1+1",
        "\x1b[2J",
        "[/]",
        "$\\foo{$",
        "\U0001f680",
        "\u202e",
        "\x00",
        '"',
        "'",
        "1e9 1e9",
        "٣",
    ),
)
SEPARATORS = (",", ";", "\t", "|", "")
ENDINGS = ("csv", "csv", "csv", "csv", "tsv", "json", "jsonl", "csv.gz", "txt")
TEXTS = (
    *("", " ", "N", "loss", "recipe", "N < 5e9", "C > 0 and", "x == 1", "N in [", "alpha", "L_ref"),
    *("alpha,alpha", "alpha=Normal(0, 1)", "alpha=Normal(", "loss=D", "N=N", "=", "N=1e9,D=2e10"),
    *("N=x", "nan", "inf", "-1", "0", "1e25", "1e400", "99999999999", "1.5", "experts=0", "a=b=c"),
    *(
        "(" * 200,
        "not " * 300 + "N > 1",
        "\x1b[31m",
        "chinchilla_approach3",
        "pile",
        "no/where.csv",
    ),
    *("https://x.org/a.csv", "gpu", "normal", "student", "moe_joint", "kaplan_c", "[red]", "'"),
)
# What may make sense where it stands.
VALUES = {
    "--where": ("N < 5e9", "recipe == a", "recipe in [a, b] and not C > 1e22"),
    "--train": ("C < 1e20", "N < 1e9"),
    "--group": ("recipe", "loss", "N"),
    "--at": ("N=1e9,D=2e10", "N=1e9", "N=1e9,D=2e10,recipe=a"),
    "--with": ("flops=1e24", "top=3", "at=N=1e9,D=1e10"),
    "--sizes": ("1e9,7e9", "0"),
    "--flops": ("1e24",),
    "--of": ("a",),
    "--over": ("b", "a"),
    "--prior": ("alpha=LogNormal(-1, 0.3)",),
    "--map": ("loss=loss", "D=N"),
    "--by": ("C", "recipe"),
    "--format": ("json", "csv", "markdown"),
    "--seed": ("3",),
    "--loss-step": ("0.001",),
    "--device": ("cpu",),
    "--starts": ("8",),
    "--chains": ("2",),
    "--draws": ("100",),
    "--target-accept": ("0.9",),
    "--bootstrap": ("50",),
    "--largest-N": ("1e11",),
    "--largest-D": ("1e13",),
    "--memory": ("1e12",),
    "--inference-tokens": ("1e12",),
    "--likelihood": ("normal", "shared_t"),
    "--top": ("3",),
}
COMMANDS = (
    "run",
    "check",
    "optimum",
    "predict",
    "speedup",
    "compare",
    "influence",
    "tokens",
    "ask",
)
LAWS = ("chinchilla_approach3", "kaplan_nd", "kaplan_c", "moe_joint", "chinchilla_approach2")


def cell(pick):
    number = f"{10 ** pick.uniform(-3, 26):.4g}"
    return pick.choice(CELLS) if pick.random() < 0.15 else number


def sensible(pick, rows):
    """A table that might be fitted, but for a few cells of it."""
    lines = ["N,D,loss,recipe"]
    for _ in range(rows):
        N, D = 10 ** pick.uniform(7, 10), 10 ** pick.uniform(9, 12)
        cells = [
            f"{N:.5g}",
            f"{D:.5g}",
            f"{1.7 + 400 / N**0.34 + 410 / D**0.28:.5g}",
            pick.choice("ab"),
        ]
        if pick.random() < 0.01:
            cells[pick.randrange(4)] = pick.choice(CELLS)
        lines.append(",".join(cells))
    return "\n".join(lines)


def table(pick):
    """The text of a table, or of something that looks a little like one."""
    kind, rows = pick.random(), pick.randrange(0, 30)
    if kind < 0.6:
        return sensible(pick, rows + 9)
    names = [pick.choice(HEADINGS) for _ in range(pick.randrange(1, 8))]
    cells = [
        [cell(pick) for _ in range(len(names) + pick.choice((0, 0, 0, 1, -1)))] for _ in range(rows)
    ]
    if kind < 0.7:
        inside = ", ".join(
            f'{{"{names[0]}": {pick.choice(("1e9", "null", "[1]", "{}", "NaN"))}}}' for _ in cells
        )
        return pick.choice(
            (f"[{inside}]", inside, f'{{"runs": [{inside}]}}', "[" * pick.randrange(9))
        )
    separator = pick.choice(SEPARATORS)
    return "\n".join(separator.join(line) for line in [names, *cells])


def request(pick, path):
    """A command with a table and a few options, half of which make sense."""
    name = pick.choice(COMMANDS)
    words = [name]
    words += [pick.choice(("optimum", "predict", "", "nothing"))] if name == "ask" else []
    words += [str(path)] if name == "check" else ["--data", str(path)]
    law = pick.choice(LAWS)
    words += ["--models", f"{law},kaplan_nd"] if name == "compare" else ["--model", law]
    if name == "check" and pick.random() < 0.9:  # what it says of a law takes a second to compile
        words = [*words[:-2], "--no-laws"]
    known = [
        option for option in discovery.load("command", name).params if option.opts[0][0] == "-"
    ]
    for option in pick.sample(known, pick.randrange(0, 4)):
        words.append(option.opts[0])
        usual = VALUES.get(option.opts[0], TEXTS) if pick.random() < 0.8 else TEXTS
        words += [] if getattr(option, "is_flag", False) else [pick.choice(usual)]
    return words


def tried(seed, folder):
    """What is wrong with how one request ended; "" if nothing is."""
    pick = random.Random(seed)
    path = folder / f"t{seed}.{pick.choice(ENDINGS)}"
    content = table(pick).encode("utf-8", "surrogatepass")
    content = content[pick.randrange(3) :] if pick.random() < 0.1 else content
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    asked, began = request(pick, path), time.monotonic()
    done = bayesfit(*asked, *(["--out", folder / "out"] if pick.random() < 0.3 else []))
    seconds = time.monotonic() - began
    path.unlink()
    last = done.stderr.strip().rpartition("\n")[2]
    fine = done.exit_code == 0 or (done.exit_code == 2 and last.lower().startswith("error: "))
    if fine and seconds < LONGEST and "Traceback" not in done.output and "\x1b" not in done.output:
        return ""
    return f"seed {seed}, {seconds:.1f} s, {asked}: {done.exit_code} {done.exception!r} {last!r}"


@pytest.fixture
def unfitted(monkeypatch, tmp_path):
    """Nothing is fitted: whatever gets so far is refused there."""

    def refuse(*_):
        raise InputError("that far and no further")

    monkeypatch.setattr(stages, "estimate", refuse)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def faults(seeds, folder):
    return "\n".join(filter(None, (tried(seed, folder) for seed in seeds)))


def test_some_hundred_requests(unfitted):
    found = faults(range(250), unfitted)
    assert not found, found


@pytest.mark.slow
def test_two_thousand_requests(unfitted):
    found = faults(range(250, 2250), unfitted)
    assert not found, found
