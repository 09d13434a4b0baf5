"""How many tokens a step may have, so that no vector is in too many of its pairs."""

__all__ = ["CROWDED", "SMALLEST_STEP", "is_crowded", "longest_step", "step_growth"]

SMALLEST_STEP = 1024  # tokens, fewer only in a short text; below, calls cost more than the work
CROWDED = 150  # pairs of the average vector in a step; with more, the step is crowded
_PAIRS_PER_WORD = 50  # of the average vector in a step, at most
_GROWN = 1 << 22  # tokens trained until a step has as many as it may have


def longest_step(words: int, pairs_per_token: float) -> int:
    """Tokens of the longest step in which the average vector is not in too many pairs.

    All pairs of a step are computed from the same vectors. With few words or wide windows one
    vector is in so many of them that a long step brings it no further than a short one
    (docs/decisions/0015).
    """
    return max(SMALLEST_STEP, int(_PAIRS_PER_WORD * words / pairs_per_token))


def step_growth(tokens_per_step: int) -> int:
    """Tokens trained for each token by which steps grow to so many (docs/decisions/0027)."""
    return max(1, _GROWN // tokens_per_step)


def is_crowded(words: int, pairs_per_token: float) -> bool:
    """Whether the average vector is in very many pairs even of the smallest step."""
    return SMALLEST_STEP * pairs_per_token > CROWDED * words
