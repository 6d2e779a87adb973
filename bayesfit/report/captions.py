"""What stands under each figure of the report: how to read it, and what should give pause."""

from __future__ import annotations

from typing import NamedTuple


class Caption(NamedTuple):
    """A heading and a few sentences."""

    title: str
    text: str


CAPTIONS = {
    "frontier": Caption(
        "The compute-optimal frontier",
        "The best number of parameters N* and of tokens D* for a training budget C: the line is "
        "the posterior median, the bands hold 80 % and 95 % of the posterior. Grey marks the "
        "compute of the runs that were fitted; everything to its right is extrapolation, and the "
        "bands there assume that the law goes on holding. Black diamonds are published models at "
        "C = 6ND. One above the line of N* was larger, and trained on fewer tokens, than this fit "
        "would advise; one below is smaller, which may be wise for a model that must be cheap to "
        "serve.",
    ),
    "profiles": Caption(
        "IsoFLOP profiles and their optima",
        "Left, the runs of each budget with the profile fitted to them (posterior median and 80 % "
        "band); the circle is its lowest point. Right, those optima with their 80 % intervals, "
        "and the power law through them, on which they may scatter; grey crosses are the vertices "
        "of a parabola fitted to each budget by itself, the classical way. A circle at the end of "
        "its runs, or a cross far from its circle, is a budget that says little.",
    ),
    "isoflop_slices": Caption(
        "What a wrong size costs",
        "Each curve spends one budget (its FLOPs are written at its end) on models of different "
        "sizes, small ones seeing more tokens. The circle is the best size with its 80 % (thick) "
        "and 95 % intervals. A flat valley is good news: where the interval of the best size is "
        "wide but the curve over it is flat, not knowing the best size costs little. Dashed "
        "budgets lie beyond the largest run fitted.",
    ),
    "loss_at_scale": Caption(
        "The loss that a budget buys",
        "The law's lowest loss for a budget, with its bands, out to 1e27 FLOPs. Runs lie above the "
        "line where their budget was not spent in the best way. The lower panel shows the same "
        "bands as percentages of the median: how fast certainty is lost on leaving the grey range "
        "of the data. Bands are of the fitted law, without the scatter of a single run.",
    ),
    "fit_and_residuals": Caption(
        "The fit and what it leaves over",
        "Left, the runs and the fitted law. Right, each run's loss less its fitted loss, in per "
        "cent, against compute and against tokens per parameter. About 95 of 100 runs should lie "
        "in the shaded band, without a trend: a bend at the right of the upper panel means that "
        "the law fails at scale, and a whole family on one side means that it differs from the "
        "others in something that the law does not see.",
    ),
    "posterior_predictive": Caption(
        "Would this fit have produced these runs?",
        "Left, every run against what the posterior predicts for it, scatter included. Right, the "
        "quantile at which each run falls in its own prediction: an even histogram says that the "
        "intervals are as wide as they should be. These runs were used in the fit, so this tests "
        "the noise and not the extrapolation; runs held out test that.",
    ),
    "exponents": Caption(
        "The exponents, by posterior and by bootstrap",
        "Blue, the posterior: what the data and the weak priors say together. Vermilion, refits of "
        "the Huber estimate to resampled runs. Where the two agree, the prior does not matter; "
        "where they part, the data leave the parameter open, and the spread of the bootstrap alone "
        "understates it. Black marks are published values, with 95 % intervals where a standard "
        "error was printed; those were found on other data, so agreement is not owed. Thick lines "
        "hold 80 %, thin ones 95 %.",
    ),
    "pair_plot": Caption(
        "How the parameters hang together",
        "Draws of the posterior for each pair, with contours that hold 80 % and 95 % of them. A "
        "thin slanting ridge means that the data fix a combination of two parameters, and neither "
        "by itself: never quote A without its alpha, nor round one of them. The vermilion cross is "
        "the Huber estimate.",
    ),
    "trace_and_rank": Caption(
        "Do the chains agree?",
        "Left, the path of every chain: a fuzzy caterpillar without drift is what one wants. "
        "Right, how far each chain has more than its share of low or high draws; chains that "
        "explore the same distribution stay inside the grey band. If they leave it, no other "
        "number here should be used before the sampler has been run for longer.",
    ),
}
