"""A run and its folder: checkpoints, reports, limits, and what watches it."""
