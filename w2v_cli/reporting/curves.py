"""The curves of a report: loss, learning rate, speed and scores on the way; the vocabulary."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from w2v_cli.pages.charts import COLOURS
from w2v_cli.pages.curves import Axes, Curve, curves_html
from w2v_cli.reporting.runs import RunFacts
from w2v_cli.run_files import Facts

__all__ = [
    "exchange_chart",
    "learning_rate_chart",
    "loss_chart",
    "nodes_chart",
    "scores_chart",
    "speed_chart",
    "vocabulary_chart",
]

Floats = NDArray[np.float64]

LARGEST_CURVE = 300  # points of the vocabulary, evenly spread over the logarithm of the rank
UNITS = ((1e9, "billion words"), (1e6, "million words"), (1e3, "thousand words"), (1.0, "words"))


def loss_chart(run: RunFacts) -> str:
    """The loss of a pair during training, at the end of each epoch, and of held-out text."""
    ended = [line for line in run.metrics if line["epoch_ended"]]
    between = [line for line in run.metrics if not line["epoch_ended"]]
    x, unit = _words_axis(run)
    ends = np.array([0.0, x(run.metrics)[-1]])
    baseline = np.repeat(run.metrics[-1]["baseline"], 2)
    curves = [
        Curve("while training", "first", x(between), _column(between, "loss")),
        Curve("mean of the epoch", "third", x(ended), _column(ended, "loss"), dots=True),
        Curve("held-out text", "second", x(ended), _column(ended, "held_out_loss"), dots=True),
        Curve("untrained", "muted", ends, baseline, dashed=True),
    ]
    known = [curve for curve in curves if np.isfinite(curve.y).any()]
    label = "The loss of a pair, in nats, falls below that of untrained vectors"
    return curves_html("loss", label, Axes(unit, "nats a pair"), known)


def learning_rate_chart(run: RunFacts) -> str:
    """The learning rate over the run."""
    x, unit = _words_axis(run)
    curve = Curve("learning rate", "first", x(run.metrics), _column(run.metrics, "learning_rate"))
    axes = Axes(unit, "learning rate", from_zero=True)
    return curves_html("learning-rate", "The learning rate over the run", axes, [curve])


def speed_chart(run: RunFacts) -> str:
    """Words a second, since training began or was resumed."""
    x, unit = _words_axis(run)
    curve = Curve(
        "words a second", "first", x(run.metrics), _column(run.metrics, "words_per_second")
    )
    axes = Axes(unit, "words/s", from_zero=True)
    return curves_html("speed", "Words a second over the run", axes, [curve])


def nodes_chart(run: RunFacts) -> str:
    """How many nodes took part; "" where there was never more than one."""
    return _cluster_chart(run, "nodes", "The number of nodes over the run", "nodes")


def exchange_chart(run: RunFacts) -> str:
    """The part of each round in which vectors were exchanged; "" where there was one node."""
    label = "The part of a round in which vectors were exchanged"
    return _cluster_chart(run, "exchanging", label, "% of a round", times=100)


def _cluster_chart(run: RunFacts, name: str, label: str, unit: str, times: float = 1) -> str:
    """The curve of one fact of the cluster, by its name in the metrics."""
    lines = _of_nodes(run)
    if not lines:
        return ""
    x, words = _words_axis(run)
    values = _column([line["cluster"] for line in lines], name)
    curve = Curve(name, "first", x(lines), times * values)
    return curves_html(name, label, Axes(words, unit, from_zero=True), [curve])


def _of_nodes(run: RunFacts) -> list[Facts]:
    """The lines of metrics with nodes; none if there was never more than one node."""
    lines = [line for line in run.metrics if line.get("cluster")]
    return lines if any(line["cluster"]["nodes"] > 1 for line in lines) else []


def scores_chart(run: RunFacts) -> str:
    """The score on each benchmark after each epoch; "" without scores of two epochs."""
    scored = [line for line in run.metrics if line.get("scores")]
    if len(scored) < 2:
        return ""
    x = np.array([line["epoch"] for line in scored], dtype=np.float64)
    files = list(dict.fromkeys(file for line in scored for file in line["scores"]))
    curves = [
        Curve(
            Path(file).name,
            COLOURS[n % len(COLOURS)],
            x,
            _column([line["scores"] for line in scored], file),
        )
        for n, file in enumerate(files)
    ]
    axes = Axes("epoch", "score", whole=True)
    return curves_html("scores", "Scores after each epoch", axes, curves)


def vocabulary_chart(counts: NDArray[np.int64], min_count: int) -> str:
    """Occurrences by rank, both logarithmic, and the count below which a word has no vector.

    `counts` (V,) never rise. Where the curve is straight the words follow Zipf's law.
    """
    ranks = np.unique(np.geomspace(1, len(counts), LARGEST_CURVE).round().astype(np.int64))
    ends = np.array([1.0, len(counts)])
    curves = [
        Curve(
            "occurrences", "first", ranks.astype(np.float64), counts[ranks - 1].astype(np.float64)
        ),
        Curve(
            f"min_count {min_count:,}", "muted", ends, np.repeat(float(min_count), 2), dashed=True
        ),
    ]
    axes = Axes("rank of the word", "occurrences", logarithmic=True)
    return curves_html("vocabulary", "How often the word of each rank occurs", axes, curves)


def _words_axis(run: RunFacts) -> tuple[Callable[[list[Facts]], Floats], str]:
    """The places of metrics on an axis of words trained, and the unit it counts in."""
    largest = max(line["words"] for line in run.metrics)
    size, unit = next((size, unit) for size, unit in UNITS if largest >= size or size == 1)
    return lambda lines: _column(lines, "words") / size, f"{unit} trained"


def _column(lines: list[Facts], name: str) -> Floats:
    """A quantity (n,) of each line, NaN where there is none."""
    values = (line.get(name) for line in lines)
    return np.array([np.nan if value is None else float(value) for value in values])
