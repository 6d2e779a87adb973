"""What draws predict: the surface and runs observed, and the best model for a budget.

`bending` joins the law and what the likelihood takes it to be off by, `planning` says within what a
budget may be spent, `arviz` what xarray and arviz are given.
"""
