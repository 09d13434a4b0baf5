"""Which words a map shows, and the group that each belongs to and is coloured by."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from w2v_cli.errors import QueryError
from w2v_cli.extras import package
from w2v_cli.maps.projection import random_state
from w2v_cli.vectors.search.neighbours import nearest_to_each
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["Selection", "clusters", "most_frequent", "selected", "words_asked"]

NAMING_WORDS = 3  # of a group, that stand for it in the legend


@dataclass(frozen=True)
class Selection:
    """The rows of n words, most important first, and the group of each.

    `groups[i]` is the number of word i's group, and `names` are those of the groups; one
    group alone needs no name. The first `asked` words are those that a user asked for.
    """

    rows: list[int]
    groups: list[int]
    names: list[str]
    asked: int = 0


@dataclass(frozen=True)
class _Group:
    """Words that a user wants in one colour, and the name to call them by."""

    name: str
    words: list[str]


def most_frequent(vectors: WordVectors, n: int) -> Selection:
    """The `n` most frequent words, or all if they are fewer, as one group."""
    n = min(n, len(vectors))
    return Selection(list(range(n)), [0] * n, [""])


def words_asked(arguments: Sequence[str], vectors: WordVectors) -> list[str]:
    """The words that the arguments of `selected` name, known or not."""
    groups = _groups(arguments, vectors, apart=False)
    return [word for group in groups for word in group.words]


def selected(
    arguments: Sequence[str], vectors: WordVectors, neighbours: int, restrict: int | None
) -> tuple[Selection, list[QueryError]]:
    """The words of the arguments with their nearest `neighbours`, and an error for each unknown.

    An argument is a word, or several as "france,spain" or "countries=france,spain", which
    are a group. Words on their own are one group together, unless they bring neighbours: then
    each is a group with those. A word that is in several groups belongs to the first, and one
    that was asked for to none but its own. Neighbours are `restrict`ed to the most frequent.
    """
    groups_of: dict[int, int] = {}  # row -> group
    unknown: list[QueryError] = []
    groups = _groups(arguments, vectors, apart=neighbours > 0)
    for number, group in enumerate(groups):
        if not group.words:
            unknown.append(
                QueryError(f"the group {group.name!r} is empty, expected NAME=WORD,WORD")
            )
        for word in group.words:
            try:
                groups_of.setdefault(vectors.row(word), number)
            except QueryError as error:
                unknown.append(error)
    asked = list(groups_of)
    if neighbours and asked:
        queries = np.asarray(vectors.matrix[asked])
        found = nearest_to_each(
            vectors, queries, neighbours, [{row} for row in asked], restrict=restrict
        )
        # All of the nearest come before any of the second nearest; some words may have fewer.
        for near in zip_longest(*(vectors.rows([near.word for near in one]) for one in found)):
            for row, neighbour in zip(asked, near, strict=True):
                if neighbour is not None:
                    groups_of.setdefault(neighbour, groups_of[row])
    names = [group.name for group in groups]
    return Selection(list(groups_of), list(groups_of.values()), names, len(asked)), unknown


def _groups(arguments: Sequence[str], vectors: WordVectors, apart: bool) -> list[_Group]:
    """The groups that the arguments name; words on their own come first, each `apart` or not."""
    single: list[str] = []
    groups: list[_Group] = []
    for argument in arguments:
        name, equals, words = argument.rpartition("=")
        listed = [word.strip(" ") for word in words.split(",") if word.strip(" ")]
        if argument in vectors.row_of or not (name or listed[1:]):
            single.append(argument)
        else:
            groups.append(_Group(name if equals else _name(listed, vectors), listed))
    if apart:
        return [_Group(word, [word]) for word in single] + groups
    return [_Group(_name(single, vectors), single)] * bool(single) + groups


def _name(words: Sequence[str], vectors: WordVectors) -> str:
    """The first words of a list that are in the vocabulary, as its name."""
    words = [word for word in words if word in vectors.row_of]
    return ", ".join(words[:NAMING_WORDS]) + (", …" if words[NAMING_WORDS:] else "")


def clusters(
    words: Sequence[str], vectors: NDArray[np.float64], k: int, seed: int = 1
) -> tuple[list[int], list[str]]:
    """The cluster of each of the vectors (n, D), and a name for each cluster, by k-means.

    There are `k` clusters, or as many as there are different vectors; two that differ by
    rounding may count as one. The first cluster holds the first word, the second the first word
    that is not in it, and so on. A cluster's name is the words nearest to its centre.

    Raises:
        W2VError: scikit-learn is not installed.
    """
    k = min(k, len(np.unique(vectors, axis=0)))
    means = package("sklearn.cluster").KMeans(
        n_clusters=k, n_init=10, random_state=random_state(seed)
    )
    # As for t-SNE: on several threads its sums would depend on their number.
    with package("threadpoolctl").threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore", package("sklearn.exceptions").ConvergenceWarning)
        distances = means.fit_transform(vectors)
    kept, first, found = np.unique(means.labels_, return_index=True, return_inverse=True)
    distances = distances[:, kept]  # (n, k): some clusters may be empty
    order = np.argsort(first)  # of the clusters, by their first word
    number = np.argsort(order)
    names = []
    for cluster in order:
        members = np.flatnonzero(found == cluster)
        nearest = members[np.argsort(distances[members, cluster], kind="stable")]
        names.append(", ".join(words[i] for i in nearest[:NAMING_WORDS]))
    return number[found].tolist(), names
