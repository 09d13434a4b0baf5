"""The vectors that a run starts from, put where they are trained: random ones, then those given."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from w2v_cli.config import Settings
from w2v_cli.data.vocabulary import Vocabulary
from w2v_cli.errors import VectorsError
from w2v_cli.pipeline.assembly import Engine
from w2v_cli.pipeline.saved_arrays import SavedArrays
from w2v_cli.pipeline.start_vectors import StartVectors
from w2v_cli.pipeline.trained import Trained
from w2v_cli.training.run.guard import Guard

__all__ = ["begin"]

Integers = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float32]

_ROWS_AT_ONCE = 1 << 12


@dataclass(frozen=True, eq=False)
class _Places:
    """The rows of given words (n,) and n-grams (m,): those of the run, and those they come from."""

    words: Integers
    words_given: Integers
    ngrams: Integers  # rows from V on
    ngrams_given: Integers  # rows of the matrix of n-grams


def begin(
    engine: Engine, settings: Settings, vocabulary: Vocabulary, start: StartVectors | None
) -> None:
    """Set all vectors of the engine, and AdaGrad's sums, to what the run starts from.

    Raises:
        VectorsError: a vector given is not finite, or so long that it would end the run.
    """
    engine.begin(settings.training.seed)
    if start is None:
        return
    trained, words = engine.trained, vocabulary.words
    places = _places(trained, words, start)
    _copy(trained.parameters[:, 0], places.words, start.vectors.matrix, places.words_given)
    outside = start.vectors.outside is not None
    if start.vectors.outside is not None:
        _copy(trained.parameters[:, 1], places.words, start.vectors.outside, places.words_given)
    if trained.rows is not None:
        _fill_rows(trained, trained.rows, start, places)
    if start.saved is not None and start.remembers(settings):
        _fill_squares(trained, len(start.vectors), start.saved, places)
    if trained.factors is not None:
        held = start.holds([words[place] for place in places.words.tolist()])
        _fill_factors(
            trained, trained.factors, start.factor(vocabulary), places, held, outside=outside
        )
    engine.trainer.complete()
    fault = Guard(engine.parameters, words).fault()
    if fault is not None:
        raise VectorsError(
            f"{start.path}: {fault}, expected finite vectors of an ordinary length, such as 1 to "
            "10; divide all by the same number"
        )


def _places(trained: Trained, words: Sequence[str], start: StartVectors) -> _Places:
    of_words = start.places(words)
    here = np.flatnonzero(of_words >= 0)
    ngrams = ngrams_given = np.empty(0, np.int64)
    if trained.word_rows is not None and start.vectors.subwords is not None:
        found, known = start.vectors.subwords.find(trained.word_rows.buckets)
        ngrams, ngrams_given = len(words) + np.flatnonzero(known), found[known]
    return _Places(here, of_words[here], ngrams, ngrams_given)


def _fill_rows(trained: Trained, rows: Numbers, start: StartVectors, places: _Places) -> None:
    """Set the rows of words and n-grams, so that their means are the given centre vectors."""
    if start.vectors.subwords is not None:
        _copy(rows, places.ngrams, start.vectors.subwords.matrix, places.ngrams_given)
    saved = start.saved
    if saved is not None and saved.rows is not None and saved.word_rows is not None:
        for words, given in _pieces(places.words, places.words_given):
            rows[words] = saved.word_rows.vectors_of(given, saved.rows)
        return
    # The mean of the n rows of a word is v, so that its own row is n·v less the others.
    assert trained.word_rows is not None
    for words, given in _pieces(places.words, places.words_given):
        of_words, bounds = trained.word_rows.of(words)
        rows[words] = 0
        others = np.add.reduceat(rows[of_words], bounds[:-1], axis=0)
        sizes = np.diff(bounds)[:, None].astype(np.float32)
        rows[words] = start.vectors.matrix[given] * sizes - others


def _fill_squares(trained: Trained, source_words: int, saved: SavedArrays, at: _Places) -> None:
    """Set what the optimizer remembers of the given vectors of words, of n-grams, and outside."""
    given, here = saved.squares, trained.squares
    words = len(trained.parameters)
    here[at.words] = given[at.words_given]
    if saved.word_rows is not None:
        here[at.ngrams] = given[saved.word_rows.row_of_part[source_words + at.ngrams_given]]
    source_outside = len(given) - source_words
    here[len(here) - words + at.words] = given[source_outside + at.words_given]


def _fill_factors(
    trained: Trained,
    factors: Numbers,
    factor: float,
    places: _Places,
    held: npt.NDArray[np.bool_],
    *,
    outside: bool,
) -> None:
    """Set the factor of the steps of given vectors; `held` (n,) says of which words."""
    of_words = places.words[held]
    factors[of_words] = factor
    if outside:
        factors[trained.first_outside + of_words] = factor
    if trained.word_rows is not None:
        of_held, _ = trained.word_rows.of(of_words)
        factors[np.intersect1d(of_held, places.ngrams)] = factor


def _copy(out: Numbers, here: Integers, given: Numbers, there: Integers) -> None:
    """Set out[here] to given[there], in pieces, so that no second array of that size is needed."""
    for to, source in _pieces(here, there):
        out[to] = given[source]


def _pieces(here: Integers, there: Integers) -> Iterator[tuple[Integers, Integers]]:
    for low in range(0, len(here), _ROWS_AT_ONCE):
        piece = slice(low, low + _ROWS_AT_ONCE)
        yield here[piece], there[piece]
