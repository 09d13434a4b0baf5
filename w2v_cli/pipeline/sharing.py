"""What nodes need of a run: where they find it, or where it is put for them.

Without `machine.store` all nodes see the run folder and the cache. With it, what they need is
copied into the store:

    corpora/DIGEST/     an encoded corpus, kept for other runs
    RUN/                the settings and the vocabulary of a run, and blocks of its vectors
"""

import hashlib
import platform
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from w2v_cli.cluster.node import Job
from w2v_cli.cluster.store import Store
from w2v_cli.config import Settings
from w2v_cli.data.cache import temporary_folder
from w2v_cli.data.cache_folder import CORPORA, entry_folder
from w2v_cli.data.encoded import ENCODED_FILES, META, EncodedCorpus, open_encoded
from w2v_cli.data.encoding import made_or_kept
from w2v_cli.errors import RunError, W2VError, reason_of
from w2v_cli.folders import Folder, folder_at
from w2v_cli.pipeline.machine import cache_bytes, cache_folder
from w2v_cli.training.run.run_folder import RunFolder

__all__ = ["kept_corpus", "offered", "run_files"]


def offered(settings: Settings, corpus: EncodedCorpus, run: RunFolder) -> tuple[Store, Job]:
    """Where nodes meet, and a job that says where they find the run and its encoded corpus.

    Raises:
        W2VError: what they need cannot be written there.
    """
    location = settings.machine.store
    if location is None:
        folder = folder_at(str(run.checkpoints.absolute()))
        job = {"run": str(run.path.absolute()), "corpus": str(corpus.folder.absolute())}
        return Store(folder), job
    place = folder_at(location)
    _put_corpus(place.inner(CORPORA).inner(corpus.digest), corpus.folder)
    area = place.inner(_name(run.path.absolute()))
    area.create()
    for file in (run.config, run.vocabulary):
        area.put(file.name, file)
    store = Store(area, beside=(run.config.name, run.vocabulary.name))
    return store, {"area": area.location, "store": place.location, "digest": corpus.digest}


@contextmanager
def run_files(job: Job) -> Iterator[RunFolder]:
    """The run's settings and vocabulary on a node, until the block ends.

    Raises:
        RunError: they cannot be read.
    """
    if "area" not in job:
        yield RunFolder(Path(job["run"]))
        return
    area = folder_at(job["area"])
    with TemporaryDirectory() as folder:
        run = RunFolder(Path(folder))
        for file in (run.config, run.vocabulary):
            _get(area, file.name, file)
        yield run


def kept_corpus(job: Job, settings: Settings) -> EncodedCorpus:
    """The encoded corpus of a job on a node, from the store if the node's cache lacks it.

    Raises:
        RunError: it cannot be had.
        W2VError: the cache of the node cannot be written.
    """
    if "area" not in job:
        corpus = open_encoded(Path(job["corpus"]))
        if corpus is None:
            raise RunError(
                f"{_host()}: {job['corpus']}: no encoded corpus here; let machine.cache be a "
                "folder that all nodes see under the same name, or give machine.store"
            )
        return corpus
    place = folder_at(job["store"]).inner(CORPORA).inner(job["digest"])
    cache = cache_folder(settings)
    with temporary_folder(cache) as temporary:

        def make() -> Path:
            folder = temporary / "corpus"
            folder.mkdir()
            for name in ENCODED_FILES:
                _get(place, name, folder / name)
            return folder

        entry = entry_folder(cache, job["digest"])
        return made_or_kept(entry, temporary, cache_bytes(settings), make)


def _put_corpus(place: Folder, folder: Path) -> None:
    """Copy an encoded corpus into the store; meta.json, the last, says that all of it is there."""
    try:
        whole = (folder / META).read_bytes()
    except OSError as error:
        raise W2VError(f"{folder}: was removed while it was used: start again") from error
    try:
        if place.read(META) == whole:
            return
    except OSError:  # it is not there
        place.create()
    for name in ENCODED_FILES:
        place.put(name, folder / name)


def _get(place: Folder, name: str, target: Path) -> None:
    try:
        place.get(name, target)
    except OSError as error:
        raise RunError(
            f"{_host()}: {place.location}/{name}: cannot be read: {reason_of(error)}; "
            "machine.store must be one that all nodes reach"
        ) from error


def _name(run: Path) -> str:
    """The name of this run's folder in the store."""
    here = f"{uuid.getnode()} {_host()} {run}"
    return f"{run.name}-{hashlib.sha256(here.encode()).hexdigest()[:16]}"


def _host() -> str:
    return platform.node()
