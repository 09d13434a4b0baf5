"""Their side. As a program, `python -m benchmark.peers WORK TASK`, it does the work itself.

Each peer runs in a process of its own, so that none inherits the memory or threads of another.
"""

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmark.processes import run
from benchmark.task import Sample, Task


def gensim_train(task: Task) -> Sample:
    """Words per second of gensim's `train` alone."""
    return _ask("gensim_train", task)


def gensim_scan(task: Task) -> Sample:
    """Seconds of gensim's vocabulary scan."""
    return _ask("gensim_scan", task)


def fasttext_train(task: Task) -> Sample:
    """Words per second of fastText, without the time of a run of no epochs.

    Such a run reads the vocabulary and makes the vectors.
    """
    start_seconds = _ask("fasttext_start", task).value
    return _ask("fasttext_train", task, start_seconds)


def _ask(work: str, task: Task, start_seconds: float = 0.0) -> Sample:
    """The answer of the process that does the work: words per second, or seconds."""
    given = json.dumps(asdict(task), default=str)
    finished = run(["-m", "benchmark.peers", work, given], {}, task.out / "log")
    seconds, words, vocabulary = finished.json()
    value = seconds
    if work.endswith("_train"):
        value = words * task.epochs / max(seconds - start_seconds, 1e-9)
    vectors = task.out / "vectors.npy"
    kept = vectors if vectors.exists() else None
    return Sample(value, words, vocabulary, kept, finished.seconds, finished.cpu_seconds)


def _gensim_model(task: dict[str, Any]) -> Any:
    from gensim.models import Word2Vec

    return Word2Vec(
        vector_size=task["dim"],
        sg=int(task["architecture"] == "skipgram"),
        hs=0,
        negative=task["negatives"],
        ns_exponent=task["noise_exponent"],
        window=task["window"],
        sample=task["threshold"],
        min_count=task["min_count"],
        alpha=task["learning_rate"],
        min_alpha=task["learning_rate"] * 1e-4,
        epochs=task["epochs"],
        workers=task["workers"],
        seed=task["seed"],
    )


def _gensim_trained(task: dict[str, Any]) -> tuple[Any, float]:
    """The model and the seconds that it took to train."""
    model = _gensim_model(task)
    model.build_vocab(corpus_file=task["corpus"])
    began = time.perf_counter()
    model.train(
        corpus_file=task["corpus"],
        total_words=model.corpus_total_words,
        total_examples=model.corpus_count,
        epochs=model.epochs,
    )
    return model, time.perf_counter() - began


def _do_gensim_train(task: dict[str, Any]) -> tuple[float, int, int]:
    model, seconds = _gensim_trained(task)
    words = model.wv.index_to_key
    counts = [int(model.wv.get_vecattr(word, "count")) for word in words]
    _save(Path(task["out"]), words, counts, model.wv.vectors, model.syn1neg)
    return seconds, sum(counts), len(words)


def _do_gensim_scan(task: dict[str, Any]) -> tuple[float, int, int]:
    model = _gensim_model(task)
    began = time.perf_counter()
    model.scan_vocab(corpus_file=task["corpus"])
    return time.perf_counter() - began, 0, 0


def _do_fasttext_start(task: dict[str, Any]) -> tuple[float, int, int]:
    return _timed_fasttext(task, epochs=0)[1], 0, 0


def _do_fasttext_train(task: dict[str, Any]) -> tuple[float, int, int]:
    import numpy as np

    model, seconds = _timed_fasttext(task, epochs=task["epochs"])
    found = [*zip(*model.get_words(include_freq=True), strict=True)]
    rows = [row for row, (word, _) in enumerate(found) if word != "</s>"]
    words, counts = [found[row][0] for row in rows], [int(found[row][1]) for row in rows]
    center = np.stack([model.get_word_vector(word) for word in words])
    _save(Path(task["out"]), words, counts, center, model.get_output_matrix()[rows])
    return seconds, sum(counts), len(words)


def _timed_fasttext(task: dict[str, Any], epochs: int) -> tuple[Any, float]:
    import fasttext

    began = time.perf_counter()
    model = fasttext.train_unsupervised(
        task["corpus"],
        model=task["architecture"],
        loss="softmax" if task["objective"] == "naive_softmax" else "ns",
        dim=task["dim"],
        ws=task["window"],
        neg=task["negatives"],
        t=task["threshold"],
        minCount=task["min_count"],
        lr=task["learning_rate"],
        epoch=epochs,
        thread=task["workers"],
        minn=3 if task["subwords"] else 0,
        maxn=6 if task["subwords"] else 0,
        bucket=2_000_000 if task["subwords"] else 0,
        verbose=0,
    )
    return model, time.perf_counter() - began


def _save(folder: Path, words: list[str], counts: list[int], center: Any, outside: Any) -> None:
    """Write the vectors as a run folder of ours has them."""
    import numpy as np

    np.save(folder / "vectors.npy", center)
    np.save(folder / "outside.npy", outside)
    lines = (f"{word}\t{count}\n" for word, count in zip(words, counts, strict=True))
    (folder / "vocab.tsv").write_text("".join(lines), "utf-8", newline="\n")


WORKS = {
    "gensim_train": _do_gensim_train,
    "gensim_scan": _do_gensim_scan,
    "fasttext_start": _do_fasttext_start,
    "fasttext_train": _do_fasttext_train,
}

if __name__ == "__main__":
    print(json.dumps(WORKS[sys.argv[1]](json.loads(sys.argv[2]))))
