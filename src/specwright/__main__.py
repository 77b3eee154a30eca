"""Run the command line as ``python -m specwright``."""

import sys

from specwright.cli import main

sys.exit(main())
