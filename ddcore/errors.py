"""The one exception that means "the user asked for something impossible"."""


class BadInput(ValueError):
    """A user's mistake in one sentence: what was wrong, the value, and what is allowed.

    The command line prints it on one line and exits with status 2; pages show it as a message.
    Every other exception is a defect of ours.
    """
