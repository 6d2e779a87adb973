"""What Hugging Face's trainer and lm-eval write of a run, and the names of runs by their files.

A log (`trainer_state.json`) holds the curve of a run up to a checkpoint; an evaluation
(`results_*.json`) what one checkpoint scores on each task.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bayesfit.data.readers import stem

LOG = "trainer_state.json"
SIZE = "model_num_parameters"  # what lm-eval counts
_EVALUATION = re.compile(r"results(_.*)?\.json")
_CHECKPOINT = re.compile(r"checkpoint[-_](\d+)")
_HELD_OUT = re.compile(r"eval_(\w+_)?loss")
LARGEST = 1e300  # that is taken for a number
_GROWING = ("total_flos", "num_input_tokens_seen")  # what a log has for the whole run
NOTE = "a trainer's log is read where it has a loss on held-out text, or else in training"


def is_log(path: Path) -> bool:
    """Whether a file is the log of a trainer, by its name."""
    return path.name == LOG


def is_evaluation(path: Path) -> bool:
    """Whether a file is what lm-eval writes, by its name and by what is in it."""
    if not _EVALUATION.fullmatch(path.name):
        return False
    try:
        return holds_evaluation(json.loads(path.read_text(encoding="utf-8-sig")))
    except (OSError, ValueError, RecursionError):
        return False


def holds_log(found: Any) -> bool:
    """Whether a document is the log of a trainer."""
    return isinstance(found, Mapping) and isinstance(found.get("log_history"), list)


def holds_evaluation(found: Any) -> bool:
    """Whether a document is what lm-eval writes."""
    if not isinstance(found, Mapping) or not {"config", "configs", "versions"} & set(found):
        return False
    tasks = found.get("results")
    return isinstance(tasks, Mapping) and all(isinstance(x, Mapping) for x in tasks.values())


def checkpoint(path: Path) -> int | None:
    """The step of the checkpoint in whose folder a file lies; None outside of one."""
    found = [match for part in path.parts[:-1] if (match := _CHECKPOINT.fullmatch(part))]
    return int(found[-1][1]) if found else None


def run_path(path: Path, folder: Path) -> str:
    """What a run is called by where its file lies in a folder, such as seed_1/run_70M.

    A log or an evaluation lies in the folder of its run, or in one of the run's checkpoints.
    """
    inside = path.relative_to(folder)
    parts = inside.parts[:-1]
    if not (is_log(path) or is_evaluation(path)):
        return "/".join([*parts, stem(path)])
    while parts and _CHECKPOINT.fullmatch(parts[-1]):
        parts = parts[:-1]
    return "/".join(parts) or folder.resolve().name


def run_name(path: Path) -> str:
    """What the run in a file is called."""
    here = path.resolve().parent
    return run_path(here / path.name, here.parent if _CHECKPOINT.fullmatch(here.name) else here)


def curve(log: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row a step, from all that was logged at it.

    FLOPs and tokens that stand in the log for the whole run are shared out by steps.
    """
    steps: dict[Any, dict[str, Any]] = {}
    for entry in log["log_history"]:
        counted = isinstance(entry, Mapping) and _amount(entry.get("step")) >= 0
        if counted and "train_runtime" not in entry:  # that one sums up the whole run
            row = steps.setdefault(entry["step"], {})
            row |= {"train_loss" if name == "loss" else str(name): x for name, x in entry.items()}
    held_out = [row for row in steps.values() if any(map(_HELD_OUT.fullmatch, row))]
    rows = held_out or [row for row in steps.values() if "train_loss" in row]
    last, *totals = (_amount(log.get(name)) for name in ("global_step", *_GROWING))
    for name, total in zip(_GROWING, totals, strict=True):
        if total > 0 and last > 0 and not any(name in row for row in rows):
            rows = [row | {name: total * row["step"] / last} for row in rows]
    return rows


def _amount(value: Any) -> float:
    """A number as it is, and -1 for anything else, an integer too large for a float too."""
    return value if isinstance(value, (int, float)) and abs(value) < LARGEST else -1


def evaluation(found: Mapping[str, Any]) -> dict[str, Any]:
    """The model, its size if it is there, and a column for each measure of each task."""
    config = found.get("config")
    config = config if isinstance(config, Mapping) else {}
    given = re.search(r"pretrained=([^,]+)", str(config.get("model_args", "")))
    row: dict[str, Any] = {"run": found.get("model_name") or (given[1] if given else "")}
    if config.get(SIZE):
        row[SIZE] = config[SIZE]
    for task, measures in found["results"].items():
        for key, value in measures.items():
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                measure, _, kind = key.partition(",")
                end = "" if kind in ("", "none") else f"/{kind}"
                row[f"{task}/{measure}{end}"] = value
    return row
