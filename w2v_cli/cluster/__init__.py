"""Who trains the shards of a round: this process, or the nodes of a cluster."""
