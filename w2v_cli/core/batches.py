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
    # The number of pairs that each row of the gradient sums over:
    center_pairs: Floats  # (F,)
    outside_pairs: Floats  # (F + Q·N,)


class Gradient:
    """The gradient of a micro-batch's loss, a row for each token and not yet for each word.

    `center` (F, D) has that of each token's centre vector, `outside` (F, D) of its outside
    vector, and `negatives` (Q, N, D) of each negative's. The softmax has no negatives; instead
    `dense_outside` (V, D) is that of every outside vector.
    """

    @staticmethod
    def nbytes(layout: Layout, words: int, dim: int, *, dense: bool) -> int:
        """Bytes of the arrays that it is a view of, in float32."""
        return 4 * dim * (layout.tokens + layout.outside_rows + words * dense)

    def __init__(
        self, layout: Layout, center: Floats, outside: Floats, dense_outside: Floats | None = None
    ) -> None:
        """Views of the arrays, `outside` being (F + Q·N, D), which the kernels set."""
        tokens, shape = layout.tokens, (layout.groups, layout.negatives, center.shape[1])
        self.center, self.dense_outside = center, dense_outside
        self.outside, self.negatives = outside[:tokens], outside[tokens:].reshape(shape)
