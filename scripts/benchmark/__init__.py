"""What scripts/bench runs: ours and theirs in turn, as processes of their own."""
