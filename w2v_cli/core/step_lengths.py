"""How many tokens a step may have, so that no vector is in too many of its pairs."""

__all__ = ["CROWDED", "SMALLEST_STEP", "is_crowded", "longest_step"]

SMALLEST_STEP = 1024  # tokens, fewer only in a short text; below, calls cost more than the work
CROWDED = 150  # pairs of the average vector in a step, from which on the step is crowded
_PAIRS_PER_WORD = 50  # that the average vector is in, in a step


def longest_step(words: int, pairs_per_token: float) -> int:
    """Tokens of a step with which no vector is in too many pairs at once, on average.

    All pairs of a step are computed from the same vectors. With few words or wide windows one
    vector is in so many of them that a long step brings it no further than a short one
    (docs/decisions/0015).
    """
    return max(SMALLEST_STEP, int(_PAIRS_PER_WORD * words / pairs_per_token))


def is_crowded(words: int, pairs_per_token: float) -> bool:
    """Whether the average vector is in very many pairs even of the smallest step."""
    return SMALLEST_STEP * pairs_per_token > CROWDED * words
