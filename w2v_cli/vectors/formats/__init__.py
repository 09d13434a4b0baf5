"""Vector files: which formats there are, which one a file is, reading and writing them whole.

A format is one row of `FORMATS`, made in the module that reads and writes it. Files are told
apart by what is in them, never by their names; folders by the names of their files.
"""

from contextlib import ExitStack
from pathlib import Path
from typing import IO

from w2v_cli.errors import VectorsError, reason_of
from w2v_cli.file_kinds import ARRAY, FileKind, file_kind
from w2v_cli.vectors.formats.base import FileFormat, FolderFormat, Format
from w2v_cli.vectors.formats.binary import WORD2VEC_BINARY
from w2v_cli.vectors.formats.decompression import BYTE_ORDER_MARK, decompressed, naming_damage
from w2v_cli.vectors.formats.fasttext_model import FASTTEXT_MODEL
from w2v_cli.vectors.formats.layout import sample, why_no_rows
from w2v_cli.vectors.formats.npy import NPY
from w2v_cli.vectors.formats.npz import NPZ
from w2v_cli.vectors.formats.projector import PROJECTOR
from w2v_cli.vectors.formats.safetensors import SAFETENSORS
from w2v_cli.vectors.formats.text import FASTTEXT, GLOVE, WORD2VEC_TEXT
from w2v_cli.vectors.formats.writing import Written, write_vectors_as
from w2v_cli.vectors.oddities import Oddities
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = [
    "FORMATS",
    "FolderFormat",
    "Format",
    "Written",
    "folder_format",
    "read_vectors",
    "write_vectors",
]

HEAD_BYTES = 1 << 18  # what `sniff` sees: the first row of any real file, and more

# In the order in which they are tried: a file with a header that is not text is binary.
BINARY_FORMATS = (FASTTEXT_MODEL, NPZ, SAFETENSORS)
TEXT_FORMATS = (WORD2VEC_TEXT, FASTTEXT, WORD2VEC_BINARY, GLOVE)
FILE_FORMATS = (*BINARY_FORMATS, *TEXT_FORMATS)
FOLDER_FORMATS = (NPY, PROJECTOR)
FORMATS: dict[str, FileFormat | FolderFormat] = {
    row.name: row for row in (*FILE_FORMATS, *FOLDER_FORMATS)
}


def read_vectors(path: Path, *, strict: bool = False) -> WordVectors:
    """The words and vectors of a file or folder in any of `FORMATS`.

    What is odd, such as a word that comes again, is counted in the `oddities` of the vectors;
    with `strict` it is an error.

    Raises:
        VectorsError: it is missing, is none of them, or is damaged: says where and how.
        W2VError: the format needs a package that is not installed.
    """
    oddities = Oddities(strict=strict)
    try:
        if path.is_dir():
            return _read_folder(path, oddities)
        with path.open("rb") as file, naming_damage(str(path)):
            if not file.seekable():
                raise VectorsError(
                    f"{path}: is a pipe, expected a file: write what it gives to one, and name that"
                )
            return _read_file(file, str(path), oddities)
    except OSError as error:
        place = error.filename or path  # in a folder, the file that cannot be read
        raise VectorsError(f"{place}: cannot be read: {reason_of(error)}") from error


def write_vectors(
    vectors: WordVectors,
    path: Path,
    format_name: str,
    *,
    verify: bool = True,
    digits: int | None = None,
) -> Written:
    """Write `vectors` to `path`, a file or a folder, in a format of `FORMATS`.

    With `verify`, what was written is read back and compared, every word and every bit,
    before it takes the place of anything. `digits`, from 1 to 6, rounds every value to so
    many significant digits first. A file whose name ends in .gz, .bz2 or .xz is compressed.

    Raises:
        VectorsError: the vectors hold something the format cannot, or what was read back differs.
        UsageError: the name is that of a compressed file, and the format is never compressed.
        W2VError: the file cannot be written, or the format needs a package that is not installed.
    """
    return write_vectors_as(FORMATS[format_name], vectors, path, verify=verify, digits=digits)


def folder_format(path: Path) -> FolderFormat | None:
    """The format that has all its files in the folder `path`, if there is one."""
    for candidate in FOLDER_FORMATS:
        if all((path / member).is_file() for member in candidate.members):
            return candidate
    return None


def _read_folder(path: Path, oddities: Oddities) -> WordVectors:
    """The words and vectors of a folder."""
    chosen = folder_format(path)
    if chosen is None:
        known = " or ".join(" and ".join(row.members) for row in FOLDER_FORMATS)
        raise VectorsError(f"{path}: not a folder of vectors, expected {known} in it")
    with ExitStack() as stack:
        files: dict[str, IO[bytes]] = {}
        for member in chosen.members:
            stack.enter_context(naming_damage(str(path / member)))
            file = stack.enter_context((path / member).open("rb"))
            files[member] = decompressed(file) if chosen.compressible else file
        return chosen.read(files, str(path), oddities)


def _read_file(file: IO[bytes], name: str, oddities: Oddities) -> WordVectors:
    """The words and vectors of an open file."""
    stream = decompressed(file)
    head = stream.read(HEAD_BYTES)
    text = head.removeprefix(BYTE_ORDER_MARK)
    chosen = _detect(text, name)
    if stream is not file and not chosen.compressible:
        raise VectorsError(f"{name}: {chosen.name} in a compressed file; unpack it first")
    stream.seek(len(head) - len(text))
    return chosen.read(stream, name, oddities)


def _detect(head: bytes, name: str) -> FileFormat:
    """The format of a file that begins with `head`.

    Raises:
        VectorsError: it is none: says what the file is instead, where that can be told.
    """
    if not head:
        raise VectorsError(f"{name}: the file is empty, expected vectors")
    for candidate in BINARY_FORMATS:
        if candidate.sniff(head):
            return candidate
    if kind := file_kind(head):
        raise VectorsError(f"{name}: {kind.name}, expected vectors; {_advice(kind, name)}")
    for candidate in TEXT_FORMATS:
        if candidate.sniff(head):
            return candidate
    known = ", ".join(FORMATS)
    if b"\0" in head:
        raise VectorsError(f"{name}: unknown binary data, expected one of: {known}")
    if reason := why_no_rows(sample(head)):
        raise VectorsError(f"{name}: {reason}")
    instead = f"; it reads like text: `w2v train --corpus {name}` makes vectors of it"
    raise VectorsError(
        f"{name}: not a vector file, expected one of: {known}{instead * _is_prose(head)}"
    )


def _is_prose(head: bytes) -> bool:
    """Whether a file begins with words, most of them of letters alone."""
    words = " ".join(sample(head)).split()
    return 2 * sum(word.strip(".,;:!?\"'()").isalpha() for word in words) > len(words)


def _advice(kind: FileKind, name: str) -> str:
    """What to do with a file of another kind; the words of an array are in a file beside it."""
    if kind.name != ARRAY:
        return kind.advice
    folder = Path(name).parent
    if folder_format(folder) is NPY:
        return f"its words are in vocab.tsv beside it: give the folder, {folder}"
    return "give a folder with vectors.npy, and its words in vocab.tsv, a word a line"
