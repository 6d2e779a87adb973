"""Numbers that several modules share."""

PF_DAY = 8.64e19  # FLOPs of a petaflop/s-day, in which Kaplan et al. count compute
BUDGETS = tuple(float(f"1e{k}") for k in range(21, 27))  # FLOPs; 10.0**23 is not 1e23
TARGET = 1e25  # FLOPs that checks, titles and questions speak of, where nobody names a budget
BEYOND = 1.5  # times the largest run from which a budget is an extrapolation worth a sentence
NORMAL_80 = 1.2816  # half the 80 % interval of a normal, in standard deviations
MAD_TO_SD = 1.4826  # the standard deviation of a normal, over its median absolute value
UNRELIABLE = 0.7  # Pareto k above which importance weights rest on too few draws
MOST_RUNS, LEAST_RUNS = 2048, 100  # of a large table that a posterior takes; fewer are few
QUESTION_DRAWS = 4000  # draws that questions are answered with
# Beyond these a number is a slip of the keyboard.
MOST = dict(
    seed=2**32 - 1, starts=100_000, bootstrap=100_000, chains=1024, draws=100_000, most_runs=10**9
)  # fmt: skip
LARGEST_BUDGET = 1e50  # FLOPs; beyond it a number is a slip of the keyboard too
UNSEEN = "another"  # the label of a group that has no run in the table
