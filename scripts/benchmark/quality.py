"""How good vectors are: gensim's evaluation for both sides, on the files that are there."""

from contextlib import suppress
from pathlib import Path
from typing import Any

ANALOGY_WORDS = 30_000  # questions on less frequent words are left out
FILES = {
    "WS-353": "wordsim353.tsv",
    "SimLex-999": "simlex999.tsv",
    "analogies": "questions-words.txt",
}


def benchmark_files(folder: Path) -> dict[str, Path]:
    """The benchmark files that a folder holds, by name."""
    return {name: folder / file for name, file in FILES.items() if (folder / file).is_file()}


def evaluate(vectors: Path, files: dict[str, Path]) -> dict[str, float]:
    """Spearman's ρ, or the share of analogies solved; a file with no known word is left out."""
    keyed = _keyed_vectors(vectors) if files else None
    scores = {}
    for name, file in files.items():
        with suppress(ValueError):  # gensim's, when no pair of the file is in the vocabulary
            scores[name] = _score(keyed, name, file)
    return scores


def _keyed_vectors(path: Path) -> Any:
    import numpy as np
    from gensim.models import KeyedVectors

    vectors = np.load(path)
    lines = path.with_name("vocab.tsv").read_text("utf-8").split("\n")[:-1]
    keyed = KeyedVectors(vectors.shape[1], count=0)
    keyed.add_vectors([line.partition("\t")[0] for line in lines], vectors)
    return keyed


def _score(keyed: Any, name: str, file: Path) -> float:
    if name == "analogies":
        score, _ = keyed.evaluate_word_analogies(str(file), restrict_vocab=ANALOGY_WORDS)
        return float(score)
    _, spearman, _ = keyed.evaluate_word_pairs(str(file))
    return float(spearman[0])
