"""The list of what `w2v gradcheck` checks: every gradient in docs/maths.md.

A check takes a random generator and returns verdicts; a wrong gradient is a verdict, not an
error. Checks are in modules by subject, each with a tuple CHECKS.
"""

from collections.abc import Callable, Sequence

import numpy as np

from w2v_cli.checking import composition_checks, function_checks, kernel_checks, reference_checks
from w2v_cli.checking.differences import GradientCheck

__all__ = ["CHECKS", "Check", "run_checks"]

Check = Callable[[np.random.Generator], list[GradientCheck]]

CHECKS: tuple[Check, ...] = (
    *function_checks.CHECKS,
    *reference_checks.CHECKS,
    *kernel_checks.CHECKS,
    *composition_checks.CHECKS,
)


def run_checks(seed: int = 0, checks: Sequence[Check] = CHECKS) -> list[GradientCheck]:
    """The verdicts of all `checks`, in their order; the same for the same seed.

    Each check has a generator of its own, so a new check at the end of the list does not change
    the draws of the others.
    """
    return [
        verdict
        for position, run in enumerate(checks)
        for verdict in run(np.random.default_rng((seed, position)))
    ]
