"""How the cost of training grows, and how near it is to the matrix products alone.

`python -m benchmark.cost CORPUS [--plot FILE.svg] [--json FILE]` prints both as tables;
`scripts/cost` runs it.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmark.record import Record, add_record_options, described, new_record, write_record
from benchmark.table import markdown
from w2v_cli.config import Settings, load_settings
from w2v_cli.core.layout import Layout
from w2v_cli.data.vocabulary import build_vocabulary
from w2v_cli.pipeline.assembly import Engine, build_engine
from w2v_cli.pipeline.reading import read_corpus
from w2v_cli.pipeline.steps import plan_steps, with_learning_rate
from w2v_cli.training.engine.portions import Position

VARIED = {
    "model.dim": (25, 50, 100, 200, 300, 500),
    "model.window": (2, 5, 10, 15, 20),
    "objective.negatives": (2, 5, 10, 20),
    "vocabulary.min_count": (100, 20, 5, 2, 1),
    "machine.workers": (1, 2),
}
NAMES = {"vocabulary.min_count": "vocabulary", "model.dim": "D", "model.window": "window"}
Point = tuple[float, float]


def engine_for(corpus: str, changes: dict[str, object]) -> tuple[Engine, int]:
    """The engine, with parameters to start from, and the words of its vocabulary."""
    flags = {
        "corpus.paths": (corpus,),
        "subsample.threshold": 1e-4,
        "vocabulary.min_count": 5,
        "machine.workers": 1,
        **changes,
    }
    settings: Settings = load_settings(None, (), flags).settings
    encoded = read_corpus(settings)
    vocabulary, ids = build_vocabulary(
        encoded, settings.vocabulary.min_count, settings.vocabulary.max_size
    )
    plan = plan_steps(settings, encoded, vocabulary)
    settings = with_learning_rate(settings, plan)
    engine = build_engine(settings, plan, encoded, vocabulary.words, ids)
    engine.begin(1)
    return engine, len(vocabulary.words)


def measured(engine: Engine, seconds: float) -> float:
    """Raw words a second over so many seconds after the first step."""
    steps = engine.trainer.steps(Position())
    start, began = next(steps).progress, time.perf_counter()
    for report in steps:  # noqa: B007
        if time.perf_counter() - began > seconds:
            break
    elapsed = time.perf_counter() - began
    steps.close()
    words = (report.progress - start) * engine.trainer.total_tokens
    return words / elapsed


def curves(corpus: str, seconds: float) -> Iterator[tuple[str, list[Point]]]:
    """For each setting its (value, words a second), all others at the defaults."""
    for key, values in VARIED.items():
        points = []
        for value in values:
            engine, words = engine_for(corpus, {key: value})
            x = words if key == "vocabulary.min_count" else value
            points.append((x, measured(engine, seconds)))
        yield NAMES.get(key, key.split(".")[1]), points


def gflops(shapes: tuple[tuple[int, ...], tuple[int, ...]], repeat: int = 200) -> float:
    """The speed of np.matmul on arrays of these shapes, 10⁹ operations a second."""
    rng = np.random.default_rng(0)
    left, right = (rng.standard_normal(shape, dtype=np.float32) for shape in shapes)
    out = np.matmul(left, right)
    best = np.inf
    for _ in range(5):
        began = time.perf_counter()
        for _ in range(repeat):
            np.matmul(left, right, out=out)
        best = min(best, (time.perf_counter() - began) / repeat)
    return 2 * out.size * left.shape[-1] / best / 1e9


def roofline(corpus: str, seconds: float) -> dict[str, float]:
    """The limit of the machine, the share of the products, and what training reaches."""
    engine, _ = engine_for(corpus, {})
    layout, dim = engine.plan.layout, engine.parameters.shape[2]
    products = _products(layout, dim)
    flops = [2 * a[0] * a[1] * a[2] * b[2] for a, b in products]
    alone = sum(f / gflops(shapes) / 1e9 for f, shapes in zip(flops, products, strict=True))
    speed, plan = measured(engine, seconds), engine.plan
    kept = plan.tokens_per_epoch / plan.counts.sum()  # of the words
    batch_seconds = layout.centers / (kept * speed)
    return {
        "one 1024 × 1024 product, one core, GFLOP/s": gflops(((1, 1024, 1024), (1, 1024, 1024)), 5),
        "the products of a micro-batch alone, GFLOP/s": sum(flops) / alone / 1e9,
        "their share of a worker's time, %": 100 * alone / batch_seconds,
        "all of training, GFLOP/s": sum(flops) / batch_seconds / 1e9,
        "one worker, words/s": speed,
        "one worker if only the products took time, words/s": speed * batch_seconds / alone,
    }


def _products(layout: Layout, dim: int) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """The shapes of both factors of each product of a micro-batch."""
    block, width, size = layout.block, layout.block + 2 * layout.halo, layout.group_tokens
    bands = layout.tokens // block, block, width, dim  # how many, rows, columns, inner
    shared = layout.groups, size, layout.negatives, dim
    return [
        *[((b, n, d), (b, d, m)) for b, n, m, d in (bands, shared)],
        *[((b, n, m), (b, m, d)) for b, n, m, d in (bands, bands, shared)],
        ((layout.groups, layout.negatives, size), (layout.groups, size, dim)),
    ]


def curves_table(record: Record) -> str:
    """Words a second for each value of each setting."""
    lines = []
    for name, points in record["curves"].items():
        values, speeds = zip(*points, strict=True)
        cells = (" ".join(f"{number:,.0f}" for number in row) for row in (values, speeds))
        lines.append((name, *cells))
    return markdown(("", "values", "words/s"), lines)


def limit_table(record: Record) -> str:
    """How near training is to the matrix products."""
    lines = [(what, f"{value:,.0f}") for what, value in record["limit"].items()]
    return markdown(("", ""), lines)


def plot(found: list[tuple[str, list[Point]]], file: Path) -> None:
    """Microseconds a raw word against each setting."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "w2v"
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(found), figsize=(13, 2.8), layout="constrained", sharey=True)
    for axis, (name, points) in zip(axes, found, strict=True):
        x, speeds = zip(*points, strict=True)
        axis.plot(x, [1e6 / speed for speed in speeds], "o-", color="#2563eb")
        axis.set_xlabel(name)
        axis.set_ylim(bottom=0)
        axis.grid(alpha=0.3)
        axis.spines[["top", "right"]].set_visible(False)
        if name == "vocabulary":
            axis.set_xscale("log")
        if name == "workers":
            axis.set_xticks(x)
    axes[0].set_ylabel("µs a raw word")
    figure.savefig(file, metadata={"Date": None})


def main() -> None:
    """Measure, print, and draw the curves if that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", nargs="?", default="builtin:python-docs")
    parser.add_argument("--seconds", type=float, default=3.0, help="time for each measurement")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the curves here")
    add_record_options(parser, "docs/measured/cost.json")
    options = parser.parse_args()
    corpus, seconds = options.corpus, options.seconds
    record = new_record(corpus, None, options.machine)
    record["curves"] = {name: rounded(points) for name, points in curves(corpus, seconds)}
    record["limit"] = {what: round(value, 1) for what, value in roofline(corpus, seconds).items()}
    print(described(record), curves_table(record), limit_table(record), sep="\n")
    if options.plot is not None:
        plot(list(record["curves"].items()), options.plot)
        print(f"wrote {options.plot}", file=sys.stderr)
    if options.json is not None:
        write_record(record, options.json)


def rounded(points: list[Point]) -> list[Point]:
    """Words a second without a fraction."""
    return [(value, round(speed)) for value, speed in points]


if __name__ == "__main__":
    main()
