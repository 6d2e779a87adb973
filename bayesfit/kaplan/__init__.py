"""What Kaplan et al. 2020 (arXiv:2001.08361) answer with one number, as functions of draws.

`batch` and `efficient` are the arithmetic of training at a batch size; `overfitting` says how many
tokens are enough, of any law of N and D; `crossing` where two of the paper's laws contradict each
other.
"""
