"""Training: portions of text, workers on shared parameters, checkpoints, metrics."""
