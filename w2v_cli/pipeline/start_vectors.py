"""What a run starts from instead of random vectors: another run, or a file of vectors."""

import hashlib
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from w2v_cli.config import Settings
from w2v_cli.core.subwords import NgramRange
from w2v_cli.data.encoding import EncodedCorpus
from w2v_cli.data.vocabulary import GivenWords, Vocabulary, build_vocabulary, extend_vocabulary
from w2v_cli.errors import RunError, UsageError, VectorsError
from w2v_cli.pipeline.provenance import file_sha256
from w2v_cli.pipeline.saved_arrays import SavedArrays, read_saved_arrays
from w2v_cli.pipeline.trained import slows_given
from w2v_cli.run_files import Facts, RunFiles
from w2v_cli.vectors.formats.word_list import read_words
from w2v_cli.vectors.source import known_outside, load_vectors
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["Start", "StartVectors", "make_vocabulary", "read_start"]


@dataclass(frozen=True)
class Start:
    """What a run starts from, as `--plan` and run.json say it."""

    source: str
    source_words: int
    given: int  # words of the vocabulary that start with a vector given
    new: int  # and those that start at random
    outside: bool  # whether outside vectors are given; else they start at zero
    ngrams: bool  # whether vectors of n-grams are given
    remembered: bool  # whether what the optimizer remembers is given
    grown: bool  # whether the counts of the source are added
    left_out: int | None  # words that the source left out; None if their counts are not known
    frozen: float  # the factor of the steps
    frozen_words: int  # words whose steps have it


@dataclass(frozen=True, eq=False)
class StartVectors:
    """Vectors to start from, read but not yet put anywhere."""

    path: Path
    vectors: WordVectors
    record: Facts | None  # what run.json says, of a run
    saved: SavedArrays | None
    given: GivenWords | None  # that the vocabulary must have, whatever the corpus holds
    frozen: float | None  # the factor of the steps; None for what the vocabulary says
    held: frozenset[str] | None  # the words whose steps have it; None for all that are given

    def places(self, words: Sequence[str]) -> npt.NDArray[np.int64]:
        """The row (V,) of each word among the vectors given, or -1."""
        row_of = self.vectors.row_of
        return np.fromiter((row_of.get(word, -1) for word in words), np.int64, len(words))

    def factor(self, vocabulary: Vocabulary) -> float:
        """The factor of the steps of given vectors: as set, or the new text's share of all text."""
        if self.frozen is not None:
            return self.frozen
        return float(vocabulary.occurrences.sum() / vocabulary.counts.sum())

    def holds(self, words: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Whether the steps of each of these given words (n,) have the factor."""
        if self.held is None:
            return np.ones(len(words), np.bool_)
        return np.fromiter((word in self.held for word in words), np.bool_, len(words))

    def describe(self, settings: Settings, vocabulary: Vocabulary) -> Start:
        """What a run with this vocabulary starts from."""
        words, factor = vocabulary.words, self.factor(vocabulary)
        given = [word for word in words if word in self.vectors.row_of]
        return Start(
            source=str(self.path),
            source_words=len(self.vectors),
            given=len(given),
            new=len(words) - len(given),
            outside=self.vectors.outside is not None,
            ngrams=settings.model.subwords.enabled and self.vectors.subwords is not None,
            remembered=self.remembers(settings),
            grown=settings.training.init_vocabulary == "grown",
            left_out=self._left_out(),
            frozen=factor,
            frozen_words=int(self.holds(given).sum()) if factor != 1 else 0,
        )

    def _left_out(self) -> int | None:
        """How many words the source left out, where their counts are added."""
        if self.given is None or self.given.left_out is None:
            return None
        return len(self.given.left_out[0])

    def remembers(self, settings: Settings) -> bool:
        """Whether AdaGrad's sums are given, and are those of vectors as this run trains them."""
        saved = self.saved
        if saved is None or settings.training.optimizer != "adagrad" or not len(saved.squares):
            return False
        return settings.model.subwords.enabled == (saved.rows is not None)

    def facts(self, settings: Settings, vocabulary: Vocabulary) -> Facts:
        """The same with the hashes of what was read, for start.json and run.json."""
        facts = asdict(self.describe(settings, vocabulary))
        return {**facts, "sha256": self._sha256(), "held": self._held(), "lineage": self._lineage()}

    def _sha256(self) -> str:
        """The hash of all files that decide how the run starts."""
        files = RunFiles(self.path)
        paths = [self.path]
        if self.path.is_dir():
            paths = [files.vectors, files.vocabulary, files.outside, files.subwords, files.left_out]
            paths += [self.path / name for name in ("vectors.tsv", "metadata.tsv")]
            paths += [] if self.saved is None else [self.saved.path]
        found = [file_sha256(path) if path.is_file() else "" for path in paths]
        return hashlib.sha256("\n".join(found).encode()).hexdigest()

    def _held(self) -> str | None:
        """The hash of the words that are held; None where all given ones are."""
        if self.held is None:
            return None
        return hashlib.sha256("\n".join(sorted(self.held)).encode()).hexdigest()

    def _lineage(self) -> list[Facts]:
        """The runs before, the oldest first, and this source last."""
        if self.record is None:
            return [{"file": str(self.path)}]
        before: list[Facts] = (self.record.get("start") or {}).get("lineage", [])
        hashes: dict[str, Any] = self.record.get("hashes", {})
        known = {key: hashes.get(key) for key in ("corpus", "vectors")}
        own = {"run": str(self.path), "words": self.record.get("words"), **known}
        return [*before, own]


def read_start(
    settings: Settings, warn: Callable[[str], None] = warnings.warn
) -> StartVectors | None:
    """What the settings say to start from; None where it is random vectors.

    `warn` is told of what is odd in a vector file.

    Raises:
        RunError: it is a run that is unfinished or damaged.
        UsageError: it does not fit the settings; the message names them, and what would fit.
        VectorsError: the vectors cannot be read.
    """
    training = settings.training
    if training.init is None:
        return None
    path = Path(training.init)
    files = RunFiles(path)
    record = _record(files) if files.is_run() else None
    vectors = load_vectors(path)
    vectors = replace(vectors, outside=known_outside(vectors))
    if vectors.oddities:
        warn(f"{path}: {vectors.oddities}; w2v info says where")
    _check_fit(settings, path, vectors)
    saved = None if record is None else read_saved_arrays(files, record, vectors)
    factor, held = _frozen(training.frozen)
    if held is not None and held.isdisjoint(vectors.row_of):
        raise UsageError(
            f"training.frozen: none of the {len(held):,} words in {training.frozen} has a vector "
            f"in {path}; expected words as they are there, in the same case"
        )
    given = None
    if training.init_vocabulary != "corpus":
        given = _given_words(vectors, files, grown=training.init_vocabulary == "grown")
    return StartVectors(path, vectors, record, saved, given, factor, held)


def make_vocabulary(
    settings: Settings, corpus: EncodedCorpus, start: StartVectors | None
) -> tuple[Vocabulary, npt.NDArray[np.int32]]:
    """The vocabulary of a run, and the place of every type of its corpus in it.

    Raises:
        CorpusError: the corpus leaves too few words.
        VectorsError: no word of it has a vector to start with.
    """
    limits = settings.vocabulary.min_count, settings.vocabulary.max_size
    if start is None:
        return build_vocabulary(corpus, *limits)
    if start.given is not None:
        return extend_vocabulary(corpus, *limits, start.given)
    vocabulary, rows = build_vocabulary(corpus, *limits)
    if start.places(vocabulary.words).max() < 0:
        first = ", ".join(map(repr, start.vectors.words[:3]))
        raise VectorsError(
            f"{start.path}: has a vector for none of the {len(vocabulary.words):,} words of the "
            f"corpus ({first} … against {', '.join(map(repr, vocabulary.words[:3]))} …), expected "
            "words in common: mind corpus.tokenizer and corpus.lowercase"
        )
    return vocabulary, rows


def _record(files: RunFiles) -> Facts:
    """What run.json says; only a finished run has it."""
    if not files.is_finished():
        raise RunError(
            f"{files.path}: the run is unfinished, expected a finished one to start from; `w2v "
            f"train --resume --out {files.path}` finishes it"
        )
    return files.read_record()


def _check_fit(settings: Settings, path: Path, vectors: WordVectors) -> None:
    """Raise UsageError if a run with these settings cannot start from the vectors."""
    model = settings.model
    if vectors.dim != model.dim:
        raise UsageError(
            f"training.init: the vectors of {path} have {vectors.dim:,} numbers, and 'model.dim' "
            f"is {model.dim:,}; expected the same: --dim {vectors.dim}, or other vectors"
        )
    if not model.subwords.enabled:
        return
    if vectors.subwords is None:
        if slows_given(settings):
            raise UsageError(
                f"training.frozen: {path} has no vectors of n-grams, so that the words made of "
                "them cannot be held; use --no-subwords, or let all vectors move freely: --set "
                "training.frozen=1"
            )
        return
    ours = NgramRange(model.subwords.min, model.subwords.max, model.subwords.buckets)
    theirs = vectors.subwords.counted
    if ours != theirs:
        raise UsageError(
            f"training.init: {path} has n-grams of {_spelled(theirs)}, and here they have "
            f"{_spelled(ours)}; expected the same: --set model.subwords.min={theirs.shortest} "
            f"--set model.subwords.max={theirs.longest} "
            f"--set model.subwords.buckets={theirs.buckets}"
        )


def _spelled(counted: NgramRange) -> str:
    return f"{counted.shortest} to {counted.longest} characters in {counted.buckets:,} buckets"


def _given_words(vectors: WordVectors, files: RunFiles, *, grown: bool) -> GivenWords:
    """The words that the vocabulary must have; with their counts if it is `grown`.

    Raises:
        UsageError: it is, and the counts are not known.
    """
    if not grown:
        return GivenWords(vectors.words, np.zeros(len(vectors), np.int64))
    if vectors.counts is None:
        raise UsageError(
            f"training.init_vocabulary: 'grown' adds up counts, and {files.path} has none; "
            "expected a run, or 'union'"
        )
    return GivenWords(vectors.words, vectors.counts, files.read_left_out())


def _frozen(frozen: float | str | None) -> tuple[float | None, frozenset[str] | None]:
    """The factor of the steps, and the words whose steps have it; None for all given words.

    Raises:
        UsageError: there is a file of words, and it cannot be read.
    """
    if not isinstance(frozen, str):
        return frozen, None
    try:
        return 0.0, frozenset(read_words(Path(frozen)))
    except VectorsError as error:
        raise UsageError(
            f"training.frozen: {error}; expected a file of words, or a number from 0 to 1"
        ) from error
