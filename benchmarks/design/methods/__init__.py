"""Ways to choose the next run, one a file: each ends with `method = Method(...)`."""
