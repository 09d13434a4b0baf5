"""Word vectors after training: look up, compare, read and write in the formats people use."""
