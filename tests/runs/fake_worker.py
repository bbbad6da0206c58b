"""The worker with the fake kinds of job beside the real ones: `python fake_worker.py FOLDER`."""

import sys

from fake_jobs import KINDS

from ddcore.runs import worker

worker.KINDS |= KINDS

if __name__ == "__main__":
    sys.exit(worker.main(sys.argv[1:]))
