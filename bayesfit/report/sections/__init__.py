"""The sections of the report, one file each.

Each public file ends with `section = Section(...)`: its heading, its place on the page, when there
is anything to show, and a function from the context (`bayesfit.report.render`) to HTML. The name of
the file is the section's anchor. Text that comes from tables has to be escaped, as
`bayesfit.report._environment.fill` does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Context = Mapping[str, Any]


def always(context: Context) -> bool:
    """Whether a section that every report has applies."""
    del context
    return True


def about_budget(context: Context) -> bool:
    """Whether the page is about one budget."""
    return context["budget"] is not None


def nothing(context: Context) -> str:
    """The script of a section that has none."""
    del context
    return ""


@dataclass(frozen=True)
class Section:
    """One section.

    Attributes:
        title: its heading.
        order: its place on the page, the smallest first.
        html: ``context -> HTML``, without the heading.
        applies: ``context -> bool``, whether there is anything to show.
        script: ``context -> JavaScript``, which the page allows by its hash, and no other. It
            must not hold ``</script``.
    """

    title: str
    order: int
    html: Callable[[Context], str]
    applies: Callable[[Context], bool] = always
    script: Callable[[Context], str] = nothing
