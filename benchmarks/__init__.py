"""bayesfit beside what people use today: `make bench`, or `python -m benchmarks.run`.

`jobs` measures one thing in one process, `run` starts them all and writes RESULTS.md, `peers` holds
one small file per alternative. NOTES.md says where our time goes and what each change gave.
"""
