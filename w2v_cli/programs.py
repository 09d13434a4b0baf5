"""What a Python program calls: vectors loaded, and runs trained, without the command line."""

import os
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from w2v_cli import pipeline
from w2v_cli.arguments import check_function, checked_path
from w2v_cli.config import Settings, load_settings, settings_of, to_flat_dict
from w2v_cli.data.sentences import text_of
from w2v_cli.errors import ConfigError, UsageError
from w2v_cli.pipeline.watch import Watch
from w2v_cli.run_files import RunFiles
from w2v_cli.vectors.source import Which, load_vectors
from w2v_cli.vectors.word_vectors import WordVectors

if TYPE_CHECKING:
    from w2v_cli.training.run.progress import Progress

__all__ = ["Corpus", "PathText", "load", "resume", "train"]

PathText = str | os.PathLike[str]
Corpus = PathText | Iterable[Sequence[str]]

_GIVEN = ("-",)  # the corpus of a run that gets its text from a program or a pipe


def load(path: PathText, which: Which = "centre", *, strict: bool = False) -> WordVectors:
    """The words and vectors of a run folder, or of a file or folder in any format that is read.

    Anything odd in a file gives a warning; with `strict`, an error. Of a run or a fastText model,
    `which` chooses the centre vectors, the outside vectors, or the mean of both. Vectors of a run
    are memory-mapped.

    Raises:
        RunError: the folder is not a finished run.
        UsageError: `which` is not "centre" where there is only one vector a word, or an argument
            makes no sense.
        VectorsError: a file is missing, damaged or of no known format.
        W2VError: the format needs a package that is not installed.
    """
    vectors = load_vectors(checked_path("path", path), which, strict=strict)
    if vectors.oddities:
        warnings.warn(f"{path}: {vectors.oddities}; strict=True refuses", stacklevel=2)
    return vectors


def train(
    settings: Settings | Mapping[str, object] | PathText | None = None,
    *,
    corpus: Corpus | None = None,
    out: PathText,
    force: bool = False,
    progress: "Callable[[Progress], object] | None" = None,
) -> WordVectors:
    """Train a new run in the folder `out`, and load its vectors; `force` replaces an old run.

    `settings` are a dictionary with a value for each key path, such as `{"model.dim": 50}`, a
    YAML file, or a `Settings` object; what is not given has its default. `corpus` overrides
    theirs: a path, a glob, or sentences, each a list of tokens. Sentences are read once and need
    not fit in memory. They give the same bytes as a file with a sentence a line and spaces
    between tokens. `progress` is called after every step; an error in it saves and ends
    the run, and `resume` continues from there.

    Raises:
        ConfigError: a setting is unknown or wrong, or does not go with sentences.
        CorpusError: the corpus is missing, unreadable, or no sentences.
        UsageError: `out` is no path, or `progress` no function.
        W2VError: the run cannot be trained; the message says why.
    """
    folder, watch = checked_path("out", out), _Told(progress)
    chosen = _chosen(settings, corpus)
    pipeline.start(chosen, folder, force=force, watch=watch, given=_given(corpus))
    return load(folder)


def resume(
    out: PathText,
    *,
    corpus: Iterable[Sequence[str]] | None = None,
    progress: "Callable[[Progress], object] | None" = None,
) -> WordVectors:
    """Continue the run in the folder `out`, to the same bytes as if it had not stopped.

    A run on sentences needs the same sentences again as `corpus`; no other run takes one. A
    finished run is only loaded.

    Raises:
        RunError: there is no run, or the corpus is another one.
        UsageError: sentences are missing, or given to a run that was trained on files; `out` is
            no path, or `progress` no function.
        W2VError: the run cannot be trained; the message says why.
    """
    folder, watch = checked_path("out", out), _Told(progress)
    _check_corpus(RunFiles(folder), corpus)
    pipeline.resume(folder, watch=watch, given=_given(corpus))
    return load(folder)


class _Told(Watch):
    """Tells a function of every step."""

    def __init__(self, progress: "Callable[[Progress], object] | None") -> None:
        check_function("progress", progress)
        self._tell = progress

    def progress(self, progress: "Progress") -> None:
        if self._tell is not None:
            self._tell(progress)


def _check_corpus(run: RunFiles, corpus: object) -> None:
    """Raise UsageError for an unfinished run without its sentences, or with any it cannot take."""
    if not run.is_run() or run.is_finished():
        return
    if isinstance(corpus, str | os.PathLike):
        raise UsageError(f"corpus: got {os.fspath(corpus)!r}, expected sentences, lists of tokens")
    paths = load_settings(run.config).settings.corpus.paths
    if ("-" in paths) is not (corpus is not None):
        expected = "none" if corpus is not None else "the same sentences as corpus=…"
        raise UsageError(f"{run.path}: was trained on {', '.join(paths)}, expected {expected}")


def _given(corpus: Corpus | None) -> Iterable[bytes] | None:
    """The text of sentences; None where the corpus is a path."""
    if corpus is None or isinstance(corpus, str | os.PathLike):
        return None
    return text_of(corpus)


def _chosen(
    settings: Settings | Mapping[str, object] | PathText | None, corpus: Corpus | None
) -> Settings:
    """The settings with the corpus in them.

    Raises:
        ConfigError: something is wrong with them.
    """
    paths = (os.fspath(corpus),) if isinstance(corpus, str | os.PathLike) else _GIVEN
    if isinstance(settings, Settings):
        chosen = settings_of(to_flat_dict(settings))  # `replace` has checked nothing
        if corpus is not None:
            chosen = replace(chosen, corpus=replace(chosen.corpus, paths=paths))
    else:
        chosen = settings_of(settings, {} if corpus is None else {"corpus.paths": paths})
    if corpus is not None and paths == _GIVEN:
        _check_tokens(chosen)
    return chosen


def _check_tokens(settings: Settings) -> None:
    """Raise ConfigError for a setting that would change the tokens given."""
    for key, value, wanted in (
        ("corpus.tokenizer", settings.corpus.tokenizer, "whitespace"),
        ("corpus.encoding", settings.corpus.encoding, "utf-8"),
    ):
        if value != wanted:
            raise ConfigError(
                f"'{key}' is {value!r}, expected {wanted!r} where the corpus is lists of tokens: "
                "leave it out, or give a file"
            )
