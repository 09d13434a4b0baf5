"""What the folder of a run holds: the names of its files, how they are read and written.

Who may write there, and when, stands in `training.run.run_folder`. `vectors.npy` and
`vocab.tsv` are also the two files of vectors exported as npy.
"""

import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from w2v_cli.errors import RunError, VectorsError, reason_of

__all__ = [
    "BEST",
    "CONFIG",
    "LABELS",
    "OUTSIDE",
    "SUBWORDS",
    "TABLE",
    "VECTORS",
    "VOCABULARY",
    "Facts",
    "RunFiles",
    "read_vocabulary",
    "write_matrix",
    "write_vocabulary",
]

CONFIG, VOCABULARY, VECTORS, OUTSIDE = "config.yaml", "vocab.tsv", "vectors.npy", "outside.npy"
SUBWORDS = "subwords.npz"
TABLE, LABELS = "vectors.tsv", "metadata.tsv"  # vectors exported as projector
BEST = "best.npz"  # among the checkpoints

Facts = dict[str, Any]

_ROWS = 4096  # of a matrix, written at a time
_LINE_WITH_COUNT = re.compile(rb"[^\t\n]+\t\d{1,18}\n")
_LINE = re.compile(rb"[^\t\n]+\n")


class RunFiles:
    """The files of the run in the folder `path`, whether they are there or not."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config = path / CONFIG
        self.vocabulary = path / VOCABULARY
        self.checkpoints = path / "checkpoint"
        self.vectors = path / VECTORS
        self.outside = path / OUTSIDE
        self.subwords = path / SUBWORDS
        self.left_out = path / "left_out.tsv"
        self.start = path / "start.json"
        self.record = path / "run.json"
        self.metrics = path / "metrics.jsonl"
        self.lock = path / ".lock"

    def is_run(self) -> bool:
        """Whether a run was started here."""
        return self.config.is_file()

    def is_finished(self) -> bool:
        """Whether a run has ended here; `run.json` is the last file written.

        One whose vectors were removed has not: `--resume` writes them again.
        """
        return self.record.is_file() and self.vectors.is_file()

    def is_saved(self) -> bool:
        """Whether there is a checkpoint to continue from."""
        return any(self.checkpoints.glob("step-*.npz"))

    def outputs(self) -> list[Path]:
        """The files, there or not, that a run leaves besides config.yaml."""
        vectors = (self.vectors, self.outside, self.subwords)
        files = (self.record, *vectors, self.metrics, self.vocabulary, self.left_out, self.start)
        kept = ("step-*.npz", BEST, "round-*.npy")
        return [*files, *(path for form in kept for path in self.checkpoints.glob(form))]

    def owns(self, path: Path) -> bool:
        """Whether `path` is a file of the run that is here, or will be one."""
        return self.is_run() and path.name in self.names()

    def names(self) -> set[str]:
        """The names of all files of a run folder, there or not."""
        files = (self.lock, self.config, self.checkpoints, *self.outputs())
        return {file.name for file in files}

    def read_record(self) -> Facts:
        """What run.json says.

        Raises:
            RunError: it cannot be read, or is no JSON object.
        """
        try:
            return _object(_text(self.record), str(self.record))
        except RunError as error:
            if isinstance(error.__cause__, OSError):  # the file itself may be sound
                raise
            raise RunError(
                f"{error}; if the run has a checkpoint, remove this file, and --resume writes it "
                "again"
            ) from error

    def read_start(self) -> Facts:
        """What the run started from.

        Raises:
            RunError: it cannot be read, or is no JSON object.
        """
        return _object(_text(self.start), str(self.start))

    def read_counts(self) -> tuple[list[str], NDArray[np.int64]]:
        """The words of the vocabulary and how often each was seen.

        Raises:
            RunError: the file is missing, cannot be read, or has no counts.
            VectorsError: it is damaged; says which line.
        """
        found = _counted(self.vocabulary)
        if found is None:
            raise RunError(f"{self.vocabulary}: is missing: the run is damaged; train again")
        return found

    def read_left_out(self) -> tuple[list[str], NDArray[np.int64]] | None:
        """The words that were seen but got no vector, and how often; None if there is no file.

        Raises:
            RunError: the file cannot be read, or has no counts.
            VectorsError: it is damaged; says which line.
        """
        return _counted(self.left_out)

    def read_metrics(self) -> list[Facts]:
        """The lines of metrics.jsonl; none where the file is missing.

        Raises:
            RunError: it cannot be read, or a line is no JSON object; names the line.
        """
        if not self.metrics.exists():
            return []
        lines = _text(self.metrics).splitlines()
        return [
            _object(line, f"{self.metrics}:{number}") for number, line in enumerate(lines, start=1)
        ]


def _counted(path: Path) -> tuple[list[str], NDArray[np.int64]] | None:
    """The words of a file and their counts; None where there is no file."""
    try:
        if not path.stat().st_size:
            return [], np.empty(0, np.int64)
        with path.open("rb") as file:
            words, counts = read_vocabulary(file, str(path))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RunError(f"{path}: cannot be read: {reason_of(error)}") from error
    if counts is None:
        raise RunError(f"{path}: holds no counts: the run is damaged; train again")
    return words, counts


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise RunError(f"{path}: cannot be read: {reason.lower()}") from error


def _object(text: str, where: str) -> Facts:
    """The JSON object that a text holds."""
    import json  # here, because a question to vectors does not need it

    try:
        facts = json.loads(text)
    except (ValueError, RecursionError):
        facts = None
    if not isinstance(facts, dict):
        raise RunError(f"{where}: damaged: expected a JSON object, found {text[:60]!r}")
    return facts


def write_matrix(file: IO[bytes], matrix: NDArray[np.float32]) -> None:
    """Write a matrix (V, D) as `numpy.save` does, but with an error that tells of a full disk."""
    header = {"descr": "<f4", "fortran_order": False, "shape": matrix.shape}
    npy.write_array_header_1_0(file, header)
    for start in range(0, len(matrix), _ROWS):
        file.write(np.ascontiguousarray(matrix[start : start + _ROWS], dtype="<f4").data)


def write_vocabulary(
    file: IO[bytes], words: Sequence[str], counts: NDArray[np.int64] | None
) -> None:
    """Write a line for each word, in UTF-8: the word, and a tab and its count where it is known."""
    if counts is None:
        lines = (f"{word}\n" for word in words)
    else:
        pairs = zip(words, counts.tolist(), strict=True)
        lines = (f"{word}\t{count}\n" for word, count in pairs)
    file.write("".join(lines).encode())


def read_vocabulary(file: IO[bytes], name: str) -> tuple[list[str], NDArray[np.int64] | None]:
    """The words of a file of `word<TAB>count` lines; their counts, or None if it has no tabs.

    Raises:
        VectorsError: a line is something else; says which.
    """
    data = file.read()
    counts = None
    try:
        fields = data.decode().replace("\n", "\t").split("\t")
        if b"\t" in data:
            words = fields[:-1:2]
            # As a list of int first: NumPy is slower on strings.
            counts = np.array(list(map(int, fields[1::2])), dtype=np.int64)
        else:
            words = fields[:-1]
    except (ValueError, OverflowError):
        raise VectorsError(f"{name}:{_first_bad_line(data)}") from None
    whole = data.endswith(b"\n") if counts is None else _tabs_alternate(data) and counts.min() >= 0
    if not whole or "" in words:
        raise VectorsError(f"{name}:{_first_bad_line(data)}")
    return words, counts


def _tabs_alternate(data: bytes) -> bool:
    """Whether every line has one tab and an end; much faster than a loop over the lines."""
    characters = np.frombuffer(data, dtype=np.uint8)
    separators = characters[(characters == ord("\t")) | (characters == ord("\n"))]
    tabs, ends = separators[::2], separators[1::2]
    return bool(data.endswith(b"\n") and (tabs == ord("\t")).all() and (ends == ord("\n")).all())


def _first_bad_line(data: bytes) -> str:
    """The number of the first malformed line, what was expected, and what is there."""
    line_form, expected = (
        _LINE_WITH_COUNT,
        "expected a word, a tab, its count and the end of the line",
    )
    if data and b"\t" not in data:
        line_form, expected = _LINE, "expected a word and the end of the line"
    for number, line in enumerate(io.BytesIO(data), start=1):
        if not line_form.fullmatch(line) or line.decode(errors="ignore").encode() != line:
            return f"{number}: {expected}, found {line[:80]!r}"
    return f"1: {expected}, found an empty file"
