"""What draws predict: the surface and runs observed, and the best model for a budget.

`shortfall` says by how much such predictions are off beyond the data, `planning` within what a
budget may be spent, `arviz` what xarray and arviz are given.
"""
