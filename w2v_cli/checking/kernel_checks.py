"""Gradient checks of the kernels that `w2v train` runs, in float64 on a small batch.

Each combination of model, objective and form of the windows is checked against central
differences of its own loss, and against the oracle of `reference`, centre by centre, on the same
windows and negatives. Numbers in brackets are equations of docs/maths.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from w2v_cli.checking import reference
from w2v_cli.checking.differences import GradientCheck, check, compare
from w2v_cli.checking.numerics import Array
from w2v_cli.core.bands import Band
from w2v_cli.core.batch_builder import BatchBuilder
from w2v_cli.core.batches import Batch, Gradient
from w2v_cli.core.blocks import Blocks
from w2v_cli.core.choices import MODELS, OBJECTIVES, ObjectiveChoice
from w2v_cli.core.kernels import Kernel
from w2v_cli.core.layout import KernelShape, Layout
from w2v_cli.core.naive_softmax import NaiveSoftmax
from w2v_cli.core.row_sums import RowSums, group_rows
from w2v_cli.core.segments import PortionText, cut_segments
from w2v_cli.core.windows import Windows

__all__ = ["CHECKS"]

WORDS, DIM = 13, 4
NEGATIVES = 2  # a pair
FORMS = "banded", "blocked"  # of the windows
# Each model with the values of model.combine and model.cbow_gradient.
MODELS_CHECKED = {
    "skip-gram": (MODELS["skipgram"], "", ""),
    "CBOW sum": (MODELS["cbow"], "sum", "exact"),
    "CBOW mean": (MODELS["cbow"], "mean", "exact"),
    "CBOW mean undivided": (MODELS["cbow"], "mean", "word2vec"),
}


@dataclass(frozen=True)
class Case:
    """A kernel and a batch for it."""

    kernel: Kernel
    layout: Layout
    batch: Batch
    model: str
    objective: ObjectiveChoice

    def evaluate(self, parameters: Array) -> tuple[float, Array]:
        """The loss, and its gradient by the parameters (V, 2, D)."""
        dense = np.zeros((WORDS, DIM)) if self.objective.dense else None
        center = np.zeros((self.layout.tokens, DIM))
        outside = np.zeros((self.layout.outside_rows, DIM))
        gradient = Gradient(self.layout, center, outside, dense)
        loss = self.kernel.gradient(parameters, self.batch, gradient, with_loss=True)
        total = np.zeros_like(parameters)
        np.add.at(total[:, 0], self.batch.tokens, gradient.center)
        np.add.at(total[:, 1], self.batch.tokens, gradient.outside)
        np.add.at(total[:, 1], self.batch.negatives, gradient.negatives)
        if dense is not None:
            total[:, 1] += dense
        return loss, total


def build_case(form: str, model: str, objective: ObjectiveChoice, rng: np.random.Generator) -> Case:
    """Four segments of sentences of a few words, the last segment not full."""
    drawn = 5 if objective.draws_negatives else 0
    block = 4 if form == "banded" else 2
    layout = Layout(segments=4, length=12, halo=3, negatives=drawn, groups=2, block=block)
    choice, combine, cbow_gradient = MODELS_CHECKED[model]
    builder = BatchBuilder(
        layout,
        rng.dirichlet(np.ones(WORDS)),
        objective.negatives_per_target(NEGATIVES),
        np.float64,
        targets_center=choice.targets_center,
    )
    text = _random_text(layout, rng)
    [batch] = builder.build(text, cut_segments(text, 1, layout, 1, rng), np.array([0]))
    shape = KernelShape(layout, WORDS, DIM, np.float64)
    windows: Windows = Band(layout, np.float64)
    if form == "blocked":
        windows = Blocks(layout, DIM, np.float64)
    made = choice.make(shape, windows, combine, cbow_gradient)
    kernel = Kernel(made, objective.make(shape, NEGATIVES), windows, shape)
    return Case(kernel, layout, batch, model, objective)


def _random_text(layout: Layout, rng: np.random.Generator) -> PortionText:
    """One chunk of 22 tokens in sentences of 1 to 9, with a random window for each."""
    size, m = 22, layout.halo
    ends = np.cumsum([1, 9, 5, 7])
    sentence = np.searchsorted(ends, np.arange(size), side="right")
    place = np.arange(size)
    first, last = np.append(0, ends)[sentence], ends[sentence] - 1
    reach = rng.integers(1, m + 1, size)
    columns = 4 * layout.segment_centers + 2 * m
    tokens = np.zeros((1, columns), np.int32)
    left, right = np.zeros((2, 1, columns), np.int16)
    tokens[0, m : m + size] = rng.integers(0, WORDS, size)
    left[0, m : m + size] = np.minimum(reach, place - first)
    right[0, m : m + size] = np.minimum(reach, last - place)
    return PortionText(tokens, left, right, np.array([size]))


def random_parameters(rng: np.random.Generator) -> Array:
    """Parameters (V, 2, D) away from zero, so that no gradient vanishes."""
    return rng.standard_normal((WORDS, 2, DIM))


def check_kernel(
    form: str, model: str, objective: ObjectiveChoice, rng: np.random.Generator
) -> list[GradientCheck]:
    """The gradient by V and by U, against differences of the kernel's own loss."""
    case, parameters = build_case(form, model, objective, rng), random_parameters(rng)
    _, gradient = case.evaluate(parameters)

    def loss(moved: Mapping[str, Array]) -> float:
        return case.evaluate(np.stack((moved["V"], moved["U"]), axis=1))[0]

    start = {"V": parameters[:, 0].copy(), "U": parameters[:, 1].copy()}
    found = {"V": gradient[:, 0], "U": gradient[:, 1]}
    return check(f"{form} {model}, {objective.title}", _equation(case), loss, start, found)


def check_against_oracle(
    form: str, model: str, objective: ObjectiveChoice, rng: np.random.Generator
) -> list[GradientCheck]:
    """Loss and gradient against the sum over centres, one by one, by the oracle."""
    case, parameters = build_case(form, model, objective, rng), random_parameters(rng)
    loss, gradient = case.evaluate(parameters)
    expected_loss, expected = oracle(case, parameters)
    name = f"{form} {model}, {objective.title} = oracle"
    return [
        compare(f"{name}: loss", _equation(case), np.array(loss), np.array(expected_loss)),
        compare(f"{name}: gradient", _equation(case), gradient, expected),
    ]


def oracle(case: Case, parameters: Array) -> tuple[float, Array]:
    """The loss and gradient (V, 2, D) of a batch, summed pair by pair."""
    total, gradient, batch = 0.0, np.zeros_like(parameters), case.batch
    for place, word in enumerate(batch.tokens.tolist()):
        first, last = place - int(batch.left[place]), place + int(batch.right[place])
        context = [int(batch.tokens[near]) for near in range(first, last + 1) if near != place]
        if context:
            drawn = batch.negatives[place % case.layout.groups]
            part = _window(case, parameters, word, context, drawn)
            total += part.loss
            gradient += np.stack((part.center, part.outside), axis=1)
    return total, gradient


def _window(
    case: Case,
    parameters: Array,
    word: int,
    context: list[int],
    drawn: npt.NDArray[np.intp],
) -> reference.WindowGradient:
    """One centre by the oracle."""
    objective: reference.Objective = reference.naive_softmax
    if case.objective.draws_negatives:
        weight = NEGATIVES / max(case.layout.negatives, 1)
        objective = partial(_negative_sampling, drawn=drawn, weight=weight)
    V, U = parameters[:, 0], parameters[:, 1]
    if case.model == "skip-gram":
        return reference.skipgram(word, context, V, U, objective)
    combine: reference.Combine = "sum" if case.model == "CBOW sum" else "mean"
    part = reference.cbow(word, context, V, U, objective, combine)
    if case.model == "CBOW mean undivided":
        part = part._replace(center=len(context) * part.center)
    return part


def _negative_sampling(
    v_c: Array, o: int, U: Array, *, drawn: npt.NDArray[np.intp], weight: float
) -> reference.PairGradient:
    """One pair: the negatives that are its target do not count (docs/decisions/0001)."""
    allowed = drawn[drawn != o]
    return reference.negative_sampling(v_c, o, allowed, U, np.full(len(allowed), weight))


def _equation(case: Case) -> str:
    """The numbered equation of the combination's gradient."""
    if case.objective.dense:
        return "(58)"
    return "(52)" if case.model == "skip-gram" else "(54)"


def check_coalescing(rng: np.random.Generator) -> list[GradientCheck]:
    """Sums by word against addition row by row, with rare, common and very common words."""
    tokens = np.concatenate((np.repeat([2, 5], [140, 9]), rng.integers(6, WORDS, 30)))
    rng.shuffle(tokens)
    rows, pairs = rng.standard_normal((len(tokens), DIM)), np.ones(len(tokens))
    expected, found = np.zeros((2, WORDS, DIM))
    np.add.at(expected, tokens, rows)
    groups = group_rows(tokens, np.arange(len(tokens)))
    for words, _, sums in RowSums(DIM, np.float64).sums(rows, pairs, groups):
        found[words] = sums
    return [compare("gradients summed by word", "(59)", found, expected)]


def _in_tiles(shape: KernelShape, _: int) -> NaiveSoftmax:
    """The softmax in tiles of a few words, so that there are several."""
    return NaiveSoftmax(shape.layout, shape.words, shape.dim, shape.dtype, tile=5)


_OBJECTIVES = [
    OBJECTIVES["negative_sampling"],
    replace(OBJECTIVES["naive_softmax"], make=_in_tiles),
]
_COMBINATIONS = [
    (form, model, objective)
    for form in FORMS
    for model in MODELS_CHECKED
    for objective in _OBJECTIVES
]
# What word2vec.c makes of the mean is not the gradient of its loss.
_EXACT = [each for each in _COMBINATIONS if each[1] != "CBOW mean undivided"]

CHECKS: tuple[Callable[[np.random.Generator], list[GradientCheck]], ...] = (
    *(partial(check_kernel, *combination) for combination in _EXACT),
    *(partial(check_against_oracle, *combination) for combination in _COMBINATIONS),
    check_coalescing,
)
