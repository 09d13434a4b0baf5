"""A run from its settings to its files: what a command or a Python program calls."""
