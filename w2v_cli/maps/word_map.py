"""A map of word vectors: words, where each lies on a plane, and the group of each."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from w2v_cli.maps.groups import Selection, clusters
from w2v_cli.maps.projection import Method, principal_components, project
from w2v_cli.vectors.search.similarity import exact_unit_rows
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["WordMap", "map_words"]


@dataclass(frozen=True, eq=False)
class WordMap:
    """n words, most important first, at `points` (n, 2) float64, in groups that have `names`.

    `rows` are those of the words in the vectors, and `groups[i]` is the number of word i's
    group. The first `asked` words are those that were asked for. `shares` (2,) is the part of
    the variance along each axis, where the axes are principal components. `notes` say how the
    map was made.
    """

    rows: list[int]
    words: list[str]
    points: NDArray[np.float64]
    groups: list[int]
    names: list[str]
    asked: int
    shares: tuple[float, float] | None
    notes: tuple[str, ...]


def map_words(
    vectors: WordVectors,
    selection: Selection,
    method: Method = "pca",
    n_clusters: int | None = None,
    seed: int = 1,
) -> WordMap:
    """The map of the selected words, in the selection's groups or in clusters by k-means.

    Vectors are scaled to length one first: then near on the map means near by the cosine, and
    frequent words do not lie apart only because their vectors are long.

    Raises:
        QueryError: there are too few words, or a value is not finite.
        W2VError: a package that is needed is not installed.
    """
    words = [vectors.words[row] for row in selection.rows]
    units = exact_unit_rows(np.asarray(vectors.matrix[selection.rows]))
    groups, names = selection.groups, selection.names
    shares = None
    if method == "pca":
        points, variance = principal_components(units)
        shares = (float(variance[0]), float(variance[1]))
        notes = [f"Two principal components, {sum(shares):.0%} of the variance"]
    else:
        points = project(units, method, seed)
        notes = [f"t-SNE, seed {seed}; distances between clusters mean little"]
    seen = len(vectors) - vectors.unseen
    notes.append(f"{seen:,} words in {vectors.dim:,} dimensions, scaled to length one")
    if vectors.unseen:
        listed = ", ".join(vectors.words[seen:])
        notes.append(f"Never seen, composed of n-grams: {listed}")
    if n_clusters is not None:
        groups, names = clusters(words, units, n_clusters, seed)
        notes.append(f"Colours: {len(names)} clusters by k-means in all dimensions")
    return WordMap(
        selection.rows, words, points, groups, names, selection.asked, shares, tuple(notes)
    )
