"""Training: rounds of chunks, workers on shared parameters, checkpoints, metrics."""
