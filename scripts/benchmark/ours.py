"""Our side. As a program, `python -m benchmark.ours CORPUS`, it times the encoding alone."""

import json
import sys
import time
from pathlib import Path

from benchmark.processes import Finished, run
from benchmark.task import Sample, Task


def train(task: Task, cache: Path | None = None) -> Sample:
    """Words per second of training alone, as run.json has it; without a cache, from the text."""
    finished = _train(task, cache or task.out / "cache")
    record = _record(task)
    speed = record["words"] * record["epochs"] / record["timings"]["train_seconds"]
    return _sample(task, speed, finished)


def encode(task: Task) -> Sample:
    """Seconds from text to an encoded corpus in an empty cache, once Python runs."""
    environment = {"W2V_CACHE": str(task.out / "cache")}
    arguments = ["-m", "benchmark.ours", str(task.corpus), str(task.workers)]
    return Sample(run(arguments, environment, task.out / "log").json())


def peak_memory(task: Task, cache: Path | None = None) -> Sample:
    """The most MB that all our processes held together, from text to vectors."""
    finished = _train(task, cache or task.out / "cache", memory=True)
    return _sample(task, finished.peak_bytes / 1e6, finished)


def forecast(task: Task, cache: Path) -> float:
    """The MB that `--plan` forecasts."""
    plan = _train(task, cache, "--plan", "--json").json()
    return plan["memory"]["peak"] / 1e6


def _train(task: Task, cache: Path, *flags: str, memory: bool = False) -> Finished:
    settings = {
        "model.architecture": task.architecture,
        "model.dim": task.dim,
        "model.window": task.window,
        "objective.name": task.objective,
        "objective.negatives": task.negatives,
        "objective.noise_exponent": task.noise_exponent,
        "subsample.threshold": task.threshold,
        "vocabulary.min_count": task.min_count,
        "training.epochs": task.epochs,
        "training.seed": task.seed,
        "model.subwords.enabled": str(task.subwords).lower(),
        "machine.workers": task.workers,
        "machine.cache": cache,
    }
    pairs = [*(f"{key}={value}" for key, value in settings.items()), *task.overrides]
    overrides = [f"--set={pair}" for pair in pairs]
    places = ["--corpus", str(task.corpus), "--out", str(task.out / "run"), "--quiet"]
    arguments = ["-m", "w2v_cli", "train", *places, *overrides, *flags]
    return run(arguments, {}, task.out / "log", memory=memory)


def _record(task: Task) -> dict:
    return json.loads((task.out / "run" / "run.json").read_text("utf-8"))


def _sample(task: Task, value: float, finished: Finished) -> Sample:
    record = _record(task)
    vectors = task.out / "run" / "vectors.npy"
    size = record["words"], record["vocabulary"]
    return Sample(value, *size, vectors, finished.seconds, finished.cpu_seconds)


def _seconds_to_encode(corpus: str, workers: str) -> float:
    from w2v_cli.config import load_settings
    from w2v_cli.pipeline.reading import read_corpus

    flags = {"corpus.paths": (corpus,), "machine.workers": int(workers)}
    settings = load_settings(None, (), flags).settings
    began = time.perf_counter()
    read_corpus(settings)
    return time.perf_counter() - began


if __name__ == "__main__":
    print(json.dumps(_seconds_to_encode(*sys.argv[1:])))
