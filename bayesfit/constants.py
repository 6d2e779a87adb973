"""Numbers that several modules share."""

PF_DAY = 8.64e19  # FLOPs of a petaflop/s-day, in which Kaplan et al. count compute
BUDGETS = tuple(float(f"1e{k}") for k in range(21, 27))  # FLOPs; 10.0**23 is not 1e23
TARGET = 1e25  # FLOPs at which checks ask for N*, where nobody names a budget
QUESTION_DRAWS = 4000  # draws that questions are answered with
UNSEEN = "another"  # the label of a group that has no run in the table
