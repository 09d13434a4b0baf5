"""How worker processes are started on this system."""

import sys

__all__ = ["START_METHOD"]

# Fork takes no time, but is not safe beside Apple's Accelerate, and Windows has none.
START_METHOD = "fork" if sys.platform == "linux" else "spawn"
