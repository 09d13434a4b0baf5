"""Checks of vectors made of character n-grams: the composition, and its gradient.

The functions that `w2v train` runs are checked in float64, against central differences of a
loss of the composed vectors, and against words composed one by one, with a hash in Python's
integers. Numbers in brackets are equations of docs/maths.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from w2v_cli.checking.differences import GradientCheck, check, compare
from w2v_cli.checking.numerics import Array
from w2v_cli.core.composition import Composition
from w2v_cli.core.subwords import NgramRange, number_rows

__all__ = ["CHECKS"]

DIM = 3
# Difficult words: of one character, a repeated n-gram, bytes above 127, shared parts.
WORDS = ["banana", "ban", "a", "straße", "北京市", "北京", "aaaa", "<>"]
COUNTED = NgramRange(1, 4, 97)  # few buckets, so that some n-grams share one
SHARES = 2  # of the rows, as two workers have them


@dataclass(frozen=True)
class Case:
    """The words of a step, and what their vectors are composed of."""

    composition: Composition
    met: npt.NDArray[np.int64]  # (m,) words of the step, rising
    factors: Array  # (m, D) of the loss
    table: Array  # (V + buckets, D) of parts, also of buckets that no word has
    places: npt.NDArray[np.int64]  # of the parts of words in it

    @property
    def z(self) -> Array:
        """The rows (R, D), sums of parts."""
        of_words = self.composition.of_words
        rows = np.zeros((of_words.count, DIM))
        np.add.at(rows, of_words.row_of_part, self.table.take(self.places, axis=0))
        return rows

    def composed(self, z: Array) -> Array:
        """The composed vectors (m, D) of the words met."""
        parameters = np.zeros((len(WORDS), 2, DIM))
        self.composition.compose(z, self.met, parameters)
        return parameters[:, 0].take(self.met, axis=0)

    def loss(self, z: Array) -> float:
        """A loss of the composed vectors that is not linear."""
        return float((self.factors * np.sin(self.composed(z))).sum())

    def of_composed(self) -> Array:
        """The gradient (m, D) of the loss by the composed vectors."""
        return self.factors * np.cos(self.composed(self.z))

    def carried_back(self, gradients: Array) -> Array:
        """The gradient that each part of a row receives (R, D), from those of composed vectors."""
        total, pairs = np.zeros_like(self.z), np.ones(len(self.met))
        for share in range(SHARES):
            parts = self.composition.row_gradients(self.met, gradients, pairs, share, SHARES)
            for rows, _, sums in parts:
                total[rows] = sums
        return total


def build_case(rng: np.random.Generator) -> Case:
    """A step with all words but one."""
    rows, own = number_rows(WORDS, COUNTED).joined(), np.arange(len(WORDS))
    met, places = np.delete(own, 1), np.concatenate((own, len(own) + rows.buckets))
    factors = rng.standard_normal((len(met), DIM))
    table = rng.standard_normal((len(own) + COUNTED.buckets, DIM))
    return Case(Composition(rows, DIM, np.float64), met, factors, table, places)


def check_differences(rng: np.random.Generator) -> list[GradientCheck]:
    """The gradient by the parts, each word's divided by the number of its parts."""
    case = build_case(rng)
    parts = case.composition.of_words.parts[case.met, None]
    gradient = case.carried_back(case.of_composed() / parts)

    def loss(moved: Mapping[str, Array]) -> float:
        return case.loss(moved["z"])

    return check("vectors made of n-grams", "(67)", loss, {"z": case.z}, {"z": gradient})


def check_against_oracle(rng: np.random.Generator) -> list[GradientCheck]:
    """The vectors, and what each part receives, against words one by one."""
    case = build_case(rng)
    gradients = case.of_composed()
    vectors = np.zeros_like(gradients)
    received, found = np.zeros_like(case.table), np.zeros_like(case.table)
    for place, word in enumerate(case.met.tolist()):
        numbers = [hashed(ngram) % COUNTED.buckets for ngram in ngrams(WORDS[word])]
        parts = [word, *(len(WORDS) + number for number in numbers)]
        for part in parts:
            vectors[place] += case.table[part] / len(parts)
            received[part] += gradients[place]
    rows = case.carried_back(gradients)
    found[case.places] = rows[case.composition.of_words.row_of_part]
    name = "vectors made of n-grams = oracle"
    return [
        compare(f"{name}: vectors", "(66)", case.composed(case.z), vectors),
        compare(f"{name}: gradient", "(68)", found, received),
    ]


def ngrams(word: str) -> list[str]:
    """The n-grams of a word, from its text."""
    text = f"<{word}>"
    return [
        text[first : first + size]
        for first in range(len(text))
        for size in range(COUNTED.shortest, COUNTED.longest + 1)
        if first + size <= len(text) and not (size == 1 and first in (0, len(text) - 1))
    ]


def hashed(ngram: str) -> int:
    """The 32-bit hash of an n-gram, in Python's integers (65)."""
    value = 2166136261
    for byte in ngram.encode():
        signed = byte - 256 if byte >= 128 else byte
        value = (value ^ signed) * 16777619 % 2**32
    return value


CHECKS: tuple[Callable[[np.random.Generator], list[GradientCheck]], ...] = (
    check_differences,
    check_against_oracle,
)
