"""What a careful reviewer would look at before believing a fit: one check a file.

Each public file of this package ends with `check = Check(...)`; so does a file in the sub-folder
`findings/` of a folder in BAYESFIT_PLUGINS. A check knows which fits it concerns, looks at one, and
answers with findings: PASS, REVIEW (usable, but read this first) or FAIL (do not use this), what
was found and, unless it passes, what to do about it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from bayesfit import discovery
from bayesfit.errors import InputError

if TYPE_CHECKING:
    from bayesfit.fitted import Fit

VERDICTS = ("FAIL", "REVIEW", "PASS")  # the gravest first


class Finding(NamedTuple):
    """The result of a check.

    Attributes:
        verdict: PASS, REVIEW or FAIL.
        subject: what it is about, in a word.
        finding: what was found, in sentences.
        advice: what to do about it; empty where it passes.
    """

    verdict: str
    subject: str
    finding: str
    advice: str = ""


def always(fit: Fit) -> bool:
    """Whether a check that concerns every fit applies."""
    del fit
    return True


def scattered(fit: Fit) -> bool:
    """Whether runs scatter: losses that were computed leave sampler and refits nothing to show."""
    return not fit.without_scatter


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes:
        look: ``fit -> findings``, none where there is nothing to report.
        applies: ``fit -> bool``, whether the check makes sense for this law and this table.
        order: where its findings stand among those of the same verdict, the smallest first.
    """

    look: Callable[[Fit], Iterable[Finding]]
    applies: Callable[[Fit], bool] = always
    order: int = 1000


def review(fit: Fit, only: Collection[str] = ()) -> list[Finding]:
    """The findings of all checks that apply to a fit, the gravest first.

    Args:
        only: names of checks; all if empty.

    Raises:
        InputError: a file of a check does not run, or it answers with an unknown verdict.
    """
    checks = sorted(discovery.every("check"), key=lambda named: named[1].order)
    found = [
        _known(finding, name)
        for name, check in checks
        if (not only or name in only) and check.applies(fit)
        for finding in check.look(fit)
    ]
    return sorted(found, key=lambda finding: VERDICTS.index(finding.verdict))


def _known(finding: Finding, name: str) -> Finding:
    if finding.verdict not in VERDICTS:
        raise InputError(
            f"the check {name!r} answers with the verdict {finding.verdict!r}: "
            f"it has to be one of {', '.join(VERDICTS)}"
        )
    return finding
