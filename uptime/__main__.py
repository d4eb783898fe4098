"""`python -m uptime` is `siaga`."""

import sys

from uptime.cli import main

sys.exit(main())
