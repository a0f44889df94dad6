"""`python -m chattui` is `chattui`."""

import sys

from chattui.cli import main

if __name__ == "__main__":
    sys.exit(main())
