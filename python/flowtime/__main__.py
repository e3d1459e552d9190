"""The `flowtime` command: `python -m flowtime`."""

import signal
import sys

from flowtime import _native


def main() -> int:
    """Does what the command line asks for and returns the exit status."""
    # The command watches these itself, as it does without Python.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    return _native.command(sys.argv)


if __name__ == "__main__":
    sys.exit(main())
