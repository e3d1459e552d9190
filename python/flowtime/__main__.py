"""The `flowtime` command: `python -m flowtime`."""

import sys

from flowtime import _native


def main() -> int:
    """Does what the command line asks for and returns the exit status."""
    return _native.command(sys.argv)


if __name__ == "__main__":
    sys.exit(main())
