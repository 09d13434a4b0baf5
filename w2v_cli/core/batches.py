"""What the kernels work on: a micro-batch of running text, and the gradient of its loss."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from w2v_cli.core.collisions import Collisions
from w2v_cli.core.layout import Floats, Layout

__all__ = ["Batch", "Gradient"]


@dataclass
class Batch:
    """A micro-batch with everything random already drawn.

    Loss and gradient are functions of (parameters, batch) alone, which is what makes
    them checkable by differences and repeatable on any worker.
    """

    tokens: npt.NDArray[np.intp]  # (F,) word ids
    left: npt.NDArray[np.int16]  # (F,) context words before each centre; 0 for a halo's tokens
    right: npt.NDArray[np.int16]  # (F,) context words after it
    contexts: Floats  # (F,) number of context words of each centre
    negatives: npt.NDArray[np.intp]  # (Q, N) word ids
    collisions: Collisions  # negatives that are targets of the centre
    pairs: Floats  # (F + Q·N, 2) number of pairs that each row of the gradient sums over


class Gradient:
    """The gradient of a micro-batch's loss, a row for each token and not yet for each word.

    `rows` is (F + Q·N, 2, D): for every token, then for every negative, that of its centre
    and of its outside vector. A negative's centre vector has none: it stays as it is, zero.
    The softmax has no negatives; instead `dense_outside` (V, D) is that of every outside vector.
    """

    @staticmethod
    def nbytes(layout: Layout, words: int, dim: int, *, dense: bool) -> int:
        """Bytes of the arrays that it is a view of, in float32."""
        return 4 * dim * (2 * layout.gradient_rows + words * dense)

    def __init__(self, layout: Layout, rows: Floats, dense_outside: Floats | None) -> None:
        """Views of `rows` and `dense_outside`, which the kernels set."""
        tokens = layout.tokens
        self.rows, self.dense_outside = rows, dense_outside
        self.center, self.outside = rows[:tokens, 0], rows[:tokens, 1]
        self.negatives = rows[tokens:, 1].reshape(layout.groups, layout.negatives, rows.shape[2])
