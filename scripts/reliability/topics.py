"""Text to train on: its words belong to topics, so that training finds something in it."""

import random

__all__ = ["text"]


def text(draws: random.Random) -> str:
    """A thousand sentences of words of four topics."""
    lines = []
    for _ in range(1000):
        topic = draws.choice("abcd")
        lines.append(" ".join(f"{topic}{draws.randrange(40)}" for _ in range(8)))
    return "\n".join(lines) + "\n"
