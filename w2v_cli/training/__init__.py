"""Training: shards of the corpus, workers on shared parameters, checkpoints, metrics."""
