"""`python -m bayesfit` is the command `bayesfit`."""

from bayesfit import stopping


def main() -> None:
    """The command as a process of its own."""
    stopping.listen()  # before anything that takes time is imported
    from bayesfit.commands import main as command

    command(prog_name="bayesfit")


if __name__ == "__main__":
    main()
