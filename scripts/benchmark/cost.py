"""How the cost of training grows, and how near it is to the matrix products alone.

`python -m benchmark.cost CORPUS [--plot FILE.svg]` prints both as tables; `scripts/cost` runs it.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np

from w2v_cli.config import Settings, load_settings
from w2v_cli.core.sampling import initial_parameters
from w2v_cli.data.vocabulary import build_vocabulary
from w2v_cli.pipeline.assembly import Engine, build_engine
from w2v_cli.pipeline.starting import read_corpus
from w2v_cli.training.engine.rounds import Position

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
    engine = build_engine(settings, encoded, vocabulary, ids)
    initial_parameters(engine.parameters, 1)
    return engine, len(vocabulary.words)


def measured(engine: Engine, seconds: float) -> tuple[float, float]:
    """Raw words a second over so many seconds, and raw words a step; the first is left out."""
    steps = engine.trainer.steps(Position())
    start, began = next(steps).progress, time.perf_counter()
    for count, report in enumerate(steps, start=1):  # noqa: B007
        if time.perf_counter() - began > seconds:
            break
    elapsed = time.perf_counter() - began
    steps.close()
    words = (report.progress - start) * engine.trainer.total_tokens
    return words / elapsed, words / count


def curves(corpus: str, seconds: float) -> Iterator[tuple[str, list[Point]]]:
    """For each setting its (value, words a second), all others at the defaults."""
    for key, values in VARIED.items():
        points = []
        for value in values:
            engine, words = engine_for(corpus, {key: value})
            x = words if key == "vocabulary.min_count" else value
            points.append((x, measured(engine, seconds)[0]))
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


def roofline(corpus: str, seconds: float) -> list[tuple[str, str]]:
    """Lines of a table: the machine's limit, the products' share, what is reached."""
    engine, _ = engine_for(corpus, {})
    layout, dim = engine.plan.layout, engine.parameters.shape[2]
    tokens, block, width = layout.tokens, layout.block, layout.block + 2 * layout.halo
    size = layout.set_tokens
    bands, shared = (tokens // block, block, width, dim), (layout.sets, size, layout.negatives, dim)
    products = [  # (G, rows, columns, inner) as shapes of the two factors
        *[((b, n, d), (b, d, m)) for b, n, m, d in (bands, shared)],
        *[((b, n, m), (b, m, d)) for b, n, m, d in (bands, bands, shared)],
        ((layout.sets, layout.negatives, size), (layout.sets, size, dim)),
    ]
    flops = [2 * a[0] * a[1] * a[2] * b[2] for a, b in products]
    alone = sum(f / gflops(shapes) / 1e9 for f, shapes in zip(flops, products, strict=True))
    speed, words_a_step = measured(engine, seconds)
    batch_seconds = words_a_step / speed * layout.centers / engine.tokens_per_step
    limit = gflops(((1, 1024, 1024), (1, 1024, 1024)), 5)
    return [
        ("one 1024 × 1024 product, one core", f"{limit:.0f} GFLOP/s"),
        ("the products of a micro-batch, alone", f"{sum(flops) / alone / 1e9:.0f} GFLOP/s"),
        ("their share of a worker's time", f"{alone / batch_seconds:.0%}"),
        ("all of training", f"{sum(flops) / batch_seconds / 1e9:.0f} GFLOP/s"),
        ("words/s of one worker", f"{speed:,.0f}"),
        ("words/s if only the products took time", f"{speed * batch_seconds / alone:,.0f}"),
    ]


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


@click.command()
@click.argument("corpus", default="builtin:python-docs")
@click.option("--seconds", default=3.0, help="Time for each measurement.")
@click.option("--plot", "file", type=click.Path(path_type=Path), help="Draw the curves here.")
def main(corpus: str, seconds: float, file: Path | None) -> None:
    """Measure how the cost of training grows on CORPUS, and how near it is to its limit."""
    found = list(curves(corpus, seconds))
    for name, points in found:
        cells = "  ".join(f"{x:,.0f}: {speed:,.0f}" for x, speed in points)
        print(f"{name:12} {cells}")
    for what, value in roofline(corpus, seconds):
        print(f"{what:45} {value:>15}")
    if file is not None:
        plot(found, file)
        print(f"wrote {file}", file=sys.stderr)


if __name__ == "__main__":
    main()
