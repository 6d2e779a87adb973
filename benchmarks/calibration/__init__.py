"""Whether posterior and bootstrap say the truth about tables whose truth is known.

`sbc` asks it of the sampler, over tables simulated from the prior; `coverage` asks it of the
intervals that a user reads, over tables simulated from published truths with scatter that is, and
is not, what the fit assumes. `make calibration` runs both.
"""
