"""How far to trust an extrapolation: refits on the smaller runs, asked about the larger ones.

`refits` makes them, `backtest` scores them beside common practice by the proper `scores`.
"""
