"""``python -m mobilise`` is ``mobilise``."""

import sys

from mobilise.cli import main

sys.exit(main())
