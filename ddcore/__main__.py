"""`python -m ddcore <command>`, the same as the command `ddcore`."""

import sys

from ddcore.commands import main

if __name__ == "__main__":
    sys.exit(main())
