"""`python -m bayesfit` is the command `bayesfit`."""

from bayesfit.commands import main

if __name__ == "__main__":
    main(prog_name="bayesfit")
