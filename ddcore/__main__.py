"""`python -m ddcore <command>`."""

import sys

from ddcore.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
