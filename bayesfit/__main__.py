"""`python -m bayesfit` is the command `bayesfit`."""

import logging
import sys
import warnings

from bayesfit import stopping


def main() -> None:
    """The command as a process of its own, whose stderr is for people."""
    stopping.listen()  # before anything that takes time is imported
    if not sys.warnoptions:  # python -W shows what libraries warn of
        warnings.simplefilter("ignore")
        logging.getLogger().addHandler(logging.NullHandler())
    from bayesfit.commands import main as command

    command(prog_name="bayesfit")


if __name__ == "__main__":
    main()
