"""Published numbers that the project regenerates, one row each: `make reproductions`.

`papers/` holds one small file a paper, whose parts yield rows; `rows` says what a row is and when
it agrees; `tables` finds the data and `fits` fits it; `run` works everything out and writes
`results/reproductions/`: a CSV, a page (`page`) and a forest plot (`forest`). Adding a paper is
adding a file.

A row compares what a paper prints with what the code computes: a refit of public runs, or the
paper's own arithmetic on other numbers that it prints. A number is never compared with itself.
"""
