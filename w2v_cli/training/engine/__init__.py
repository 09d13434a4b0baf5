"""What trains: text in portions, steps of micro-batches, worker processes."""
