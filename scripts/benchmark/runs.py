"""Runs of our own that are compared with each other, and the scores of their vectors."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from w2v_cli.config import load_settings
from w2v_cli.evaluation.benchmarks import read_benchmark
from w2v_cli.evaluation.scoring import Result, score
from w2v_cli.evaluation.word_pairs import PairsResult
from w2v_cli.pipeline import start
from w2v_cli.run_files import Facts
from w2v_cli.vectors.source import load_vectors


def train(corpus: str | Path, out: Path, workers: int, **given: object) -> Facts:
    """Train a run; return what run.json says."""
    flags = {"corpus.paths": (str(corpus),), "machine.workers": workers, **given}
    outcome = start(load_settings(None, (), flags).settings, out)
    assert outcome.record is not None
    print(f"trained {out.name}", file=sys.stderr)
    return outcome.record


def known_and_all(result: Result) -> tuple[float | None, float | None]:
    """The score over known words, and the score if unknown ones count as 0 or as wrong."""
    if isinstance(result, PairsResult):
        return result.skipping.spearman.value, result.counting.spearman.value
    return result.total.skipping("3CosAdd"), result.total.counting("3CosAdd")


def scores_of(run: Path, files: Mapping[str, Path]) -> dict[str, Any]:
    """The scores of a run's vectors on the benchmarks that there are, by name."""
    results = score(load_vectors(run), [read_benchmark(file) for file in files.values()])
    return dict(zip(files, map(known_and_all, results), strict=True))
