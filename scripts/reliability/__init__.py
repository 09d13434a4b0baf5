"""Scripts that try to break w2v: see docs/reliability.md."""
