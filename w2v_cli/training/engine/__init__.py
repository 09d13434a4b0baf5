"""What trains: text in shards, steps of micro-batches, worker processes."""
