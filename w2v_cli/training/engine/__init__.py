"""What trains: text in rounds, steps of micro-batches, worker processes."""
