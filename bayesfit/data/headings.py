"""Which heading of a table means N, D, C or loss, and in which unit.

A heading is compared without case and punctuation, once its unit is taken off: `N_params_B` is
n params in billions, `total_gflops` total flops in 1e9, `C_FLOPs_1e21` flops in 1e21. A table that
has a column N, D, C or loss keeps it, whatever else it has. Where two headings could be meant, the
person is asked; losses on held-out text go before others (`losses`). A single small letter is no
evidence (d may be a depth), unless n stands beside d or c.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from bayesfit.data.losses import is_held_out
from bayesfit.data.quantities import POWERS, PREFIXES, flop_days, with_carets
from bayesfit.errors import InputError

CANONICAL = ("N", "D", "C", "loss")
RUN = ("run", "run_id", "run_name", "name")  # headings that name the run of each row
STEP = (  # and those that count its updates
    *("step", "steps", "global_step", "iter", "iters", "iteration", "iterations", "iter_num"),
    *("num_steps", "n_steps", "train_steps", "training_steps", "total_steps", "optimizer_steps"),
    *("train_step", "training_step", "train_global_step", "trainer_global_step", "train_iters"),
    "_step",  # counts what Weights & Biases was sent, which need not be each update
)
PLANNED = (  # of a run, whether it made them or not
    *("max_steps", "max_iters", "max_iterations", "max_train_steps", "num_train_steps"),
    *("total_train_steps", "total_training_steps", "planned_steps", "target_steps"),
)

# canonical -> headings that can mean nothing else, in ranks: one of an earlier rank goes first.
_NAMES: dict[str, tuple[tuple[str, ...], ...]] = {
    "N": (
        (
            *("params", "parameters", "n_params", "num_params", "n_parameters", "num_parameters"),
            *("params_total", "total_params", "n_params_total", "parameters_total", "param_count"),
            *("total_parameters", "parameter_count", "params_count", "model_params", "n_total"),
            *(
                "active_params",
                "params_active",
                "active_parameters",
                "n_active",
                "model_parameters",
            ),
            *("activated_params", "n_activated", "n_activated_params", "trainable_params"),
            *("non_embedding_params", "params_no_embed", "n_params_non_embedding", "n_non_embed"),
            *(
                "model_num_parameters",
                "params_non_emb",
                "params_non_embedding",
                "n_params_non_emb",
                "nparams",
            ),
            *("number_parameters", "number_params", "parameter", "parametres", "parametros"),
            *("n_non_emb", "n_nonemb", "n_non_embedding", "nonembedding_params"),
        ),
        (
            *("model_size", "size", "params_excl_embeddings", "params_excluding_embeddings"),
            *("params_without_embeddings", "params_excl_emb", "parameters_excl_embeddings"),
            *("parameters_excluding_embeddings", "parameters_without_embeddings"),
            *("params_incl_embeddings", "params_including_embeddings", "params_with_embeddings"),
        ),
    ),
    "D": (
        (
            *("tokens", "n_tokens", "num_tokens", "total_tokens", "tokens_total", "tokens_seen"),
            *("tokens_trained", "train_tokens", "training_tokens", "n_train_tokens", "token_count"),
            *("token", "number_tokens", "number_training_tokens", "num_training_tokens", "jetons"),
            *("d_tokens", "data_tokens", "tokens_trained_on", "num_train_tokens"),
            *(
                "consumed_tokens",
                "num_input_tokens_seen",
                "total_tokens_trained",
                "num_tokens_seen",
            ),
        ),
    ),
    "C": (
        (
            *("flop", "flops", "total_flops", "train_flops", "training_flops", "flops_total"),
            *("compute", "compute_budget", "flops_budget", "flop_budget", "c_flops", "n_flops"),
            *("train_compute", "training_compute", "compute_flops", "budget_flops", "pf_days"),
            *("total_flos", "flos", "training_compute_flop", "training_compute_flops"),
            *("train_compute_flop", "train_compute_flops", "compute_flop", "total_compute"),
            *("compute_budget_flop", "compute_budget_flops", "total_compute_flops"),
        ),
        ("flops_6nd", "flops_6_n_d", "train_flops_6nd", "compute_6nd", "flop_6nd"),
    ),
    "loss": (
        (
            *("val_loss", "valid_loss", "validation_loss", "eval_loss", "test_loss"),
            *("final_val_loss", "final_validation_loss", "final_eval_loss", "best_val_loss"),
            *("val_nll", "eval_nll", "loss_val", "loss_eval", "val_ce", "val_cross_entropy"),
            *("min_val_loss", "dev_loss", "heldout_loss", "eval_lm_loss", "test_nll"),
            *("val_loss_mean", "mean_val_loss", "eval_loss_mean", "lm_loss_validation"),
            *("validierungsverlust", "perte_validation", "perte_de_validation"),
        ),
        (
            *("loss", "final_loss", "cross_entropy", "ce_loss", "nll", "xent", "lm_loss"),
            *("lm_loss_value", "loss_mean", "mean_loss"),
        ),
        (
            *("val_bpb", "bpb", "eval_bpb", "valid_bpb", "validation_bpb", "bits_byte"),
            *("eval_bits_byte", "val_bits_byte", "test_bits_byte", "bits_byte_val", "test_bpb"),
            *("val_bpc", "bpc", "eval_bpc", "valid_bpc", "test_bpc", "bits_char", "bits_character"),
        ),
        (
            *("val_ppl", "eval_ppl", "valid_ppl", "ppl", "perplexity", "val_perplexity"),
            "eval_perplexity",
        ),
        ("train_loss", "training_loss", "final_train_loss", "loss_train"),
    ),
}
_LETTERS = dict(n="N", d="D", c="C")
_WORDS = {3: "thousands", 6: "millions", 9: "billions", 12: "trillions"}
_COUNTED = ("tokens", "token", "params", "parameters", "parameter", "parametres", "jetons")
_RATE = re.compile(r"/ ?(tok|token|param|parameter)\b")  # nats/token counts no tokens
_NOT_OF_A_RUN = {"throughput", "batch", "speed", "rate", "warmup", "performance"}
BATCH = "batch"  # what is no column of ours, but has a unit as tokens do
LOG = "the logarithm of perplexity"  # units that are no factors
LOG10 = "10 to the power of it"
MOST = 60  # powers of ten that a unit can be
_INDICES = ("_t", "_k", "_g")  # of a single letter, rather than its unit
_UNITLESS = {"nats", "per", "token", "in", "of", "x", "a"}  # of a loss


def column_of(headings: Iterable, names: tuple[str, ...]) -> str:
    """The first heading that is one of these names, whatever its case; "" if there is none.

    What stands in a summary of Weights & Biases (summary._step) is called so if nothing else is.
    """
    given = [(re.sub(r"[ /-]", "_", str(h).strip().lower()), str(h)) for h in headings]
    plain = {name.removeprefix("summary."): heading for name, heading in given} | dict(given)
    return next((plain[name] for name in names if name in plain), "")


class Meaning(NamedTuple):
    """What a heading stands for.

    Attributes:
        column: N, D, C or loss.
        heading: as the table has it.
        scale: what its numbers are multiplied by.
        how: the unit in words, "" for single parameters, tokens, FLOPs and nats.
        left: other headings that could have been meant, and were not taken.
    """

    column: str
    heading: str
    scale: float = 1.0
    how: str = ""
    left: tuple[str, ...] = ()

    def note(self) -> str:
        """What was decided, for a person."""
        unit = f", {self.how}" if self.how else ""
        left = f"; {', '.join(self.left)} left as it is" if self.left else ""
        return f"column {self.heading!r} read as {self.column}{unit}{left}"


def meanings(
    headings: Iterable[str], name: str, mapped: Mapping[str, str] | None = None
) -> dict[str, Meaning]:
    """Canonical name -> the heading that means it, for those that are not called so already.

    Args:
        headings: of the table.
        name: what to call it in a complaint.
        mapped: canonical name -> heading, where a person has said so.

    Raises:
        InputError: two headings could have the same meaning, or a mapped one is not there.
    """
    headings, mapped = list(headings), dict(mapped or {})
    olds = list(mapped.values())
    for column, old in mapped.items():
        if not column.strip() or olds.count(old) > 1:
            raise InputError(f"{old!r} of {name} has to be read as one column with a name")
    found = {column: _mapped(column, old, headings, name) for column, old in mapped.items()}
    free = [h for h in headings if h not in mapped.values()]
    for column in CANONICAL:
        if column not in headings and column not in mapped:
            meaning = _meant(column, free, name)
            if meaning:
                found[column] = meaning
    return found


def _mapped(column: str, heading: str, headings: list[str], name: str) -> Meaning:
    if heading not in headings:
        raise InputError(
            f"{name} has no column {heading!r} to be read as {column}; it has "
            f"{', '.join(headings[:20])}"
        )
    if column not in CANONICAL:
        return Meaning(column, heading)
    _, scale, how = taken_apart(heading, column)
    return Meaning(column, heading, scale, how)


def _meant(column: str, headings: list[str], name: str) -> Meaning | None:
    """The heading of the first rank that has one."""
    ranked: list[list[str]] = [[] for _ in (*_NAMES[column], "letters")]
    for heading in headings:
        base = taken_apart(heading, column)[0]
        for rank, names in enumerate(_NAMES[column]):
            if base in names:
                ranked[rank].append(heading)
    ranked[-1] = _letters(column, headings)
    if column == "loss":
        held_out = [h for h in headings if is_held_out(h) and h not in ranked[0]]
        instead = len(held_out) == 1 or any(ranked)  # of several texts, each has a loss of its own
        ranked.insert(1, held_out if instead else [])
    there = [found for found in ranked if found]
    if not there:
        return None
    first = there[0]
    small = [h for h in headings if column == "N" and h.strip() == "n"]
    rivals = list(dict.fromkeys((*first, *small)))
    if len(rivals) > 1:
        raise InputError(
            f"{', '.join(rivals)} in {name} could each be {column}: rename one, or say which "
            f"(--map {column}={rivals[0]})"
        )
    _, scale, how = taken_apart(first[0], column)
    left = tuple(heading for found in there[1:] for heading in found)
    return Meaning(column, first[0], scale, how, left)


def _letters(column: str, headings: list[str]) -> list[str]:
    """A single letter, small (beside another that belongs to it) or with its unit (N_B)."""
    small = {h.strip() for h in headings} & set(_LETTERS)
    together = "n" in small and len(small) > 1
    found = []
    for heading in headings:
        base, _, how = taken_apart(heading, column)
        capital = heading.strip()[:1].isupper() or how.startswith(LOG10)
        is_it = _LETTERS.get(base) == column and (capital or together)
        sure = not heading.strip().lower().endswith(_INDICES)  # D_T may be tokens of a transfer
        if is_it and ((how and sure) or not capital):
            found.append(heading)
    return found


@lru_cache(maxsize=65536)
def taken_apart(heading: str, column: str) -> tuple[str, float, str]:
    """A heading as its plain name, the scale of its unit, and that unit in words."""
    if column not in ("loss", BATCH) and _RATE.search(str(heading).lower()):
        return "", 1.0, ""
    # The end of config.n_params and of model/num_params; losses keep theirs, as in eval/loss.
    between = r"[.](?=[^\W\d])" if column == "loss" else r"[./](?=[^\W\d])"
    last = re.split(between, _plain(str(heading).strip()))[-1]
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=^[GMKBT])(?=[A-Z][a-z])", "_", last)
    parts = [p for p in re.split(r"[^0-9a-z]+", spaced.lower()) if p]
    if column == "loss":
        return _loss("_".join(p for p in parts if p not in _UNITLESS))
    days = flop_days(str(heading)) if column == "C" else None
    if days:
        return "pf_days", days[0], f"{days[1]} times {days[0]:.3g} FLOPs"
    before = set(re.split(r"[^0-9a-z]+", str(heading).lower())[:-1])
    if column != BATCH and ("per" in parts or before & _NOT_OF_A_RUN):
        return "", 1.0, ""
    is_log, parts = _without_log(parts)
    power, rest = 0, []
    for i, part in enumerate(parts):
        exponent = re.fullmatch(r"(?:1?e|10e)(\d{1,2})", part)
        follows = parts[i + 1] if i + 1 < len(parts) else ""
        prefix = re.fullmatch(r"(\w+?)(flops?|fl)", part) if column == "C" else None
        tokens = re.fullmatch(r"([kmgbt])t", part) if column == "D" else None
        if exponent and len(parts) > 1:
            power += int(exponent[1])
        elif prefix and prefix[1] in PREFIXES:
            power, rest = power + PREFIXES[prefix[1]], [*rest, "flops"]
        elif tokens:
            power += POWERS[tokens[1]]
        elif column == "C" and part in PREFIXES and follows in ("flop", "flops"):
            power += PREFIXES[part]
        elif part in POWERS and (i > 0 or follows in _COUNTED):
            power += POWERS[part]
        elif part not in ("in", "of", "x"):
            rest.append(part)
    if power > MOST:
        return "", 1.0, ""
    unit = _WORDS.get(power, f"in units of 1e{power}")
    how = "" if not power else f"in {unit}" if power in _WORDS else unit
    how = ", ".join(filter(None, [LOG10, how])) if is_log else how
    return "_".join(rest), 10.0**power, how


def _plain(heading: str) -> str:
    """A heading without accents, its powers of ten (10^20, 10²⁰, 10**20) as 1e20."""
    powers = unicodedata.normalize("NFKD", with_carets(heading))
    ascii_only = powers.encode("ascii", "ignore").decode()
    return re.sub(r"(?<!\d)10 ?(?:\^|\*\*) ?\{?(\d{1,2})\b\}?", r" 1e\1 ", ascii_only)


def _without_log(parts: list[str]) -> tuple[bool, list[str]]:
    """Whether words of a heading say log10, and the others."""
    joined = re.sub(r"\blog 10\b", "log10", " ".join(parts)).split()
    return "log10" in joined, [part for part in joined if part != "log10"]


def _loss(base: str) -> tuple[str, float, str]:
    """Bits per byte or character and perplexities are turned into nats, by `columns`."""
    ranks = _NAMES["loss"]
    if base.endswith(("_bits", "bits_token")) and base != "bits_byte":
        base = base.removesuffix("_bits").replace("bits_token", "loss")
        return base, float(np.log(2.0)), "bits times ln 2"
    last = base.rpartition("_")[2]  # of pile_bpb, which nobody reads as the loss unasked
    if base in ranks[2] or last in ("bpb", "bpc") or base.endswith(("_bits_byte", "_bits_char")):
        unit = "character" if last in ("bpc", "char", "character") else "byte"
        return base, float(np.log(2.0)), f"bits per {unit} times ln 2: nats per {unit}"
    return base, 1.0, LOG if base in ranks[3] or last in ("ppl", "perplexity") else ""
