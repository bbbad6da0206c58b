"""The one exception that means "the person asked for something that cannot be done"."""


class BadInput(ValueError):
    """A user's mistake, told in one sentence: what was wrong, the value, and what is allowed.

    The command line prints it on one line and exits with status 2; pages show it as a message.
    Every other exception is a defect of ours.
    """
