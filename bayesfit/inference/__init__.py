"""Ways of fitting a problem: the Huber MLE with its bootstraps, and the posterior by NUTS.

Each takes a `Problem` and returns arrays; `bayesfit.stages` puts them together. `devices` says
where the arithmetic happens, `draws` is what every way of fitting returns.
"""
