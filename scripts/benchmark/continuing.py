"""What it is worth to continue from a run, or from vectors, with new text.

`python -m benchmark.continuing CORPUS BENCHMARKS [--json FILE]` trains on the first four fifths
of the words of CORPUS, on the last fifth alone, on all of it, and on the last fifth from the run
on the others; then on the documentation of Python, from random vectors and from that run.
`scripts/continue` runs it.
"""

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmark.quality import benchmark_files
from benchmark.record import Record, add_record_options, described, new_record, write_record
from benchmark.runs import scores_of, train
from benchmark.table import markdown
from w2v_cli.run_files import Facts
from w2v_cli.vectors.formats import write_vectors
from w2v_cli.vectors.search.neighbours import nearest_to_each
from w2v_cli.vectors.source import load_vectors
from w2v_cli.vectors.word_vectors import WordVectors

OLD_PART = 0.8  # of the words
NEIGHBOURS, SAMPLE = 10, 1500
OTHER_FIELD = "builtin:python-docs"
CONTINUED = {"training.init_vocabulary": "grown"}
# What each run is, and what it is given besides the run on the old text.
FROM_OLD: dict[str, Mapping[str, object]] = {
    "the old run, continued": {},
    "the same, all vectors free": {"training.frozen": 1.0},
    "the same, the old ones held": {"training.frozen": 0.0},
    "the same, a fifth of the rate": {"training.frozen": 1.0, "training.learning_rate": 0.02},
}


def split(corpus: Path, folder: Path) -> tuple[dict[str, Path], int]:
    """The old text, the new one and all of it, by name; and the words of all."""
    lines = corpus.read_bytes().splitlines(keepends=True)
    ends = np.cumsum([len(line.split()) for line in lines])
    cut = int(np.searchsorted(ends, OLD_PART * ends[-1])) + 1
    texts = {"old": folder / "old.txt", "new": folder / "new.txt", "all": corpus}
    texts["old"].write_bytes(b"".join(lines[:cut]))
    texts["new"].write_bytes(b"".join(lines[cut:]))
    return texts, int(ends[-1])


def shared_neighbours(run: Path, whole: Path, words: list[str]) -> float:
    """The share, from 0 to 1, of the words' nearest words that two runs have in common."""
    found, wanted = load_vectors(run), load_vectors(whole)
    if not set(words) <= set(found.words):
        return 0.0
    pairs = zip(_nearest(found, words), _nearest(wanted, words), strict=True)
    return sum(len(one & other) for one, other in pairs) / (NEIGHBOURS * len(words))


def _nearest(vectors: WordVectors, words: list[str]) -> list[set[str]]:
    rows = [vectors.row(word) for word in words]
    near = nearest_to_each(vectors, vectors.matrix[rows], NEIGHBOURS, [{row} for row in rows])
    return [{neighbour.word for neighbour in each} for each in near]


def drawn(words: list[str]) -> list[str]:
    """Some of the words, the same each time."""
    order: npt.NDArray[np.int64] = np.random.default_rng(1).permutation(len(words))
    return [words[place] for place in order[:SAMPLE].tolist()]


def same_field(texts: Mapping[str, Path], folder: Path, files: Any, workers: int) -> list[Facts]:
    """A row for each run on the parts of the corpus."""
    names = {"old": "the old text alone", "new": "the new text alone", "all": "all text at once"}
    runs = {title: folder / key for key, title in names.items()}
    for key, title in names.items():
        train(texts[key], runs[title], workers)
    runs["all text, another seed"] = folder / "again"
    train(texts["all"], folder / "again", workers, **{"training.seed": 2})
    given: dict[str, object] = {**CONTINUED, "training.init": str(folder / "old")}
    for title, besides in FROM_OLD.items():
        runs[title] = folder / title
        train(texts["new"], runs[title], workers, **{**given, **besides})
    old, every = set(load_vectors(folder / "old").words), load_vectors(folder / "all").words
    new = drawn([word for word in every if word not in old])
    return [
        {
            "run": title,
            "words": len(load_vectors(run)),
            "scores": scores_of(run, files),
            "shared": shared_neighbours(run, folder / "all", new) if run.name != "all" else None,
        }
        for title, run in runs.items()
    ]


def other_field(folder: Path, workers: int) -> list[Facts]:
    """A row for each start of a run on the documentation of Python: its held-out losses."""
    plain = folder / "old.vec"
    write_vectors(load_vectors(folder / "old"), plain, "word2vec-text")
    starts: dict[str, Path | None] = {
        "random vectors": None,
        "a file of vectors": plain,
        "the old run": folder / "old",
    }
    found = []
    for number, (title, source) in enumerate(starts.items()):
        given: dict[str, object] = {"training.held_out": 0.1, "model.dim": 100}
        given |= {} if source is None else {"training.init": str(source)}
        record = train(OTHER_FIELD, folder / f"other {number}", workers, **given)
        found.append({"start": title, "losses": record["held_out_losses"]})
    return found


def continued_table(record: Record) -> str:
    """The runs on the parts of one corpus, with the benchmarks in columns."""
    names = list(record["same"][0]["scores"])
    lines = [
        (
            row["run"],
            f"{row['words']:,}",
            *(f"{known:.3f} · {of_all:.3f}" for known, of_all in row["scores"].values()),
            f"{row['shared']:.3f}" if row["shared"] else "–",
        )
        for row in record["same"]
    ]
    return markdown(("trained on", "words", *names, "new words"), lines)


def starts_table(record: Record) -> str:
    """The runs on another field."""
    lines = []
    for row in record["other"]:
        losses = row["losses"]
        best = min(range(len(losses)), key=losses.__getitem__)
        lines.append((row["start"], f"{losses[0]:.3f}", f"{losses[best]:.3f}", str(best + 1)))
    head = ("started from", "loss after epoch 1", "lowest loss", "in epoch")
    return markdown(head, lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("benchmarks", type=Path, help="the folder of benchmark files")
    parser.add_argument("--workers", type=int, default=1, help="processes that train")
    add_record_options(parser, "docs/measured/continue.json")
    options = parser.parse_args()
    files = benchmark_files(options.benchmarks)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        texts, words = split(options.corpus, folder)
        record = new_record(str(options.corpus), words, options.machine)
        record["same"] = same_field(texts, folder, files, options.workers)
        record["other"] = other_field(folder, options.workers)
    print(described(record), continued_table(record), starts_table(record), sep="\n")
    if options.json is not None:
        write_record(record, options.json)


if __name__ == "__main__":
    main()
