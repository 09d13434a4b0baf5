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

    Loss and gradient are functions of (parameters, batch) alone. So differences can check them,
    and any worker can repeat them.
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

    `center` (F, D) is by the centre vector of each token, `outside` (F, D) by its outside vector,
    `negatives` (Q, N, D) by the outside vector of each negative. The softmax has no negatives; its
    `dense_outside` (V, D) is by every outside vector.
    """

    @staticmethod
    def nbytes(layout: Layout, words: int, dim: int, *, dense: bool) -> int:
        """Bytes of the arrays that it is a view of, in float32."""
        return 4 * dim * (layout.tokens + layout.outside_rows + words * dense)

    def __init__(
        self, layout: Layout, center: Floats, outside: Floats, dense_outside: Floats | None = None
    ) -> None:
        """Views of the arrays, which the kernels set; `outside` is (F + Q·N, D)."""
        tokens, shape = layout.tokens, (layout.groups, layout.negatives, center.shape[1])
        self.center, self.dense_outside = center, dense_outside
        self.outside, self.negatives = outside[:tokens], outside[tokens:].reshape(shape)
