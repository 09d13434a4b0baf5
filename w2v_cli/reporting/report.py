"""The report of a run: one page with all that its folder says, and a map of its words."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v_cli.errors import RunError
from w2v_cli.evaluation.scoring import Result
from w2v_cli.maps.interactive import interactive_map
from w2v_cli.maps.projection import FEWEST_POINTS, Method, project
from w2v_cli.pages.elements import grid, paragraph, section
from w2v_cli.pages.page import page
from w2v_cli.reporting.curves import (
    exchange_chart,
    learning_rate_chart,
    loss_chart,
    nodes_chart,
    scores_chart,
    speed_chart,
    vocabulary_chart,
)
from w2v_cli.reporting.runs import RunFacts
from w2v_cli.reporting.scores import scores_table
from w2v_cli.reporting.summary import settings_list, summary
from w2v_cli.run_files import RunFiles, read_vocabulary
from w2v_cli.vectors.search.neighbours import nearest_to_each
from w2v_cli.vectors.source import Which
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["MapOptions", "report"]

NEIGHBOURS = 10
SAMPLE_RANKS = (100, 200, 400, 800)  # after which words are offered to look at
SAMPLE_LETTERS = 5  # at least: shorter words say little

NO_METRICS = "The run has reported nothing yet."
NO_VECTORS = (
    "The run has no vectors.npy yet: it is written at the end, and then a new report has a map."
)
EXPLANATIONS: dict[Method, str] = {
    "tsne": "t-SNE: near words are alike. How large a cluster is, and how far from another, means "
    "little. Cosines are those of the vectors, among all words of the vocabulary.",
    "pca": "The two principal components of the vectors. Cosines are those of the vectors, among "
    "all words of the vocabulary.",
}
SCORES = (
    "Unknown words are skipped; the last column counts them as cosine 0 or a wrong answer. "
    "Intervals of pairs are a bootstrap. Intervals of analogies are Wilson’s, as if questions were "
    "independent; they are not, so these intervals are too narrow."
)


class MapOptions(NamedTuple):
    """How many words the map has, how it places them, and which of their vectors it shows."""

    top: int
    method: Method
    which: Which = "centre"


def report(
    run: RunFacts,
    vectors: WordVectors | None,
    results: Sequence[tuple[str, Result]],
    options: MapOptions,
) -> str:
    """The page of a run. `vectors` are None while it has none; `results` are by file.

    Raises:
        RunError: a file of the run is damaged.
        QueryError: a value of a vector is NaN or infinite.
        W2VError: a package of the extra `plot` is missing.
    """
    with run.understood():
        head = summary(run) + _loss(run)
        scores, rest = _evaluation(run, results), _charts(run) + settings_list(run)
    content = head + _map(run, vectors, options) + scores + rest
    return page(f"{run.folder} – w2v report", content)


def _loss(run: RunFacts) -> str:
    """The section of the loss."""
    return section("Loss", loss_chart(run) if run.metrics else paragraph(NO_METRICS))


def _map(run: RunFacts, vectors: WordVectors | None, options: MapOptions) -> str:
    """The most frequent words, each with its neighbours among all words."""
    if vectors is None:
        return section("Map of words", paragraph(NO_VECTORS))
    mapped = vectors.top(options.top)
    method = options.method if len(mapped) >= FEWEST_POINTS[options.method] else "pca"
    points = project(mapped.matrix, method, run.settings["training.seed"])
    found = nearest_to_each(
        vectors, mapped.matrix, NEIGHBOURS, [{row} for row in range(len(mapped))]
    )
    neighbours = [[(one.word, round(one.score, 4)) for one in answer] for answer in found]
    drawn = interactive_map(mapped.words, points, None, neighbours, sample_words(mapped.words))
    which = "most frequent words" if len(mapped) < len(vectors) else "words"
    vectors_are = "" if options.which == "centre" else f", {options.which} vectors"
    title = f"Map of the {len(mapped):,} {which}{vectors_are}"
    return section(title, drawn, paragraph(EXPLANATIONS[method], muted=True))


def sample_words(words: Sequence[str]) -> list[str]:
    """Some words that are likely to mean something: the first of letters after certain ranks."""
    found = (
        next(
            (word for word in words[rank:] if len(word) >= SAMPLE_LETTERS and word.isalpha()), None
        )
        for rank in SAMPLE_RANKS
    )
    return list(dict.fromkeys(word for word in found if word is not None))


def _evaluation(run: RunFacts, results: Sequence[tuple[str, Result]]) -> str:
    """The scores that were asked for, and those while training; "" if there are none."""
    chart = scores_chart(run)
    on_the_way = f"<div>{paragraph('After each epoch')}{chart}</div>\n" if chart else ""
    if not results:
        return section("Scores after each epoch", chart) if chart else ""
    table = scores_table(results)
    return section(
        "Evaluation", grid(table, on_the_way, kind="pair"), paragraph(SCORES, muted=True)
    )


def _charts(run: RunFacts) -> str:
    """The other charts, of what the run has reported and counted."""
    found = []
    if run.metrics:
        found += [section("Learning rate", learning_rate_chart(run))]
        found += [section("Speed", speed_chart(run))]
        of_nodes = {"Nodes": nodes_chart(run), "Exchange of vectors": exchange_chart(run)}
        found += [section(title, chart) for title, chart in of_nodes.items() if chart]
    counts = _counts(RunFiles(run.folder).vocabulary)
    if counts is not None:
        chart = vocabulary_chart(counts, run.settings["vocabulary.min_count"])
        found += [section("Vocabulary", chart)]
    return grid(*found, kind="charts")


def _counts(vocabulary: Path) -> NDArray[np.int64] | None:
    """How often each word occurs, never rising; None where there is no vocab.tsv yet."""
    if not vocabulary.is_file():
        return None
    with vocabulary.open("rb") as file:
        _, counts = read_vocabulary(file, str(vocabulary))
    if counts is None or counts.min() < 1 or (np.diff(counts) > 0).any():
        raise RunError(f"{vocabulary}: damaged: expected words with falling counts")
    return counts
