"""SCALEBENCH.md: what was measured, beside what was published."""


def text(found):
    """Means over laws and seeds."""
    return (
        found.groupby(["task", "method", "place"])[
            ["r2", "inside80", "inside95", "crps", "seconds"]
        ]
        .mean()
        .round(3)
        .to_string()
    )
