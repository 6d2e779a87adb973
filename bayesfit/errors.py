"""The one exception a user is meant to read."""


class InputError(ValueError):
    """Something the user gave cannot be used; the message says what, where, and how to mend it.

    The command line prints the message as one sentence and exits with code 2.
    """
