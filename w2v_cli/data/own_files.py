"""Files that w2v itself wrote, known by names that stand together; they are never text."""

from collections.abc import Mapping, Set
from contextlib import suppress
from pathlib import Path

from w2v_cli.data.cache_folder import CORPORA, DIGESTS
from w2v_cli.data.encoded import META, SENTENCES, TOKENS, TYPE_COUNTS, TYPES
from w2v_cli.file_kinds import FileKind
from w2v_cli.run_files import CONFIG, LABELS, TABLE, VECTORS, VOCABULARY, RunFiles

__all__ = ["own_file", "own_files"]

_RUN = FileKind("a file of a run", "give the text that it was trained on; its config.yaml names it")
_CACHE = FileKind("a file of w2v's cache", "give the text itself")
_EXPORT = FileKind("a file of exported vectors", "give the text that they were trained on")

_RUN_NAMES = frozenset(RunFiles(Path()).names())
_ENTRY = frozenset((META, SENTENCES, TOKENS, TYPES, TYPE_COUNTS))
_TOGETHER = (
    ({VECTORS, VOCABULARY}, _EXPORT),
    ({TABLE, LABELS}, _EXPORT),
    ({CORPORA, DIGESTS}, _CACHE),
    (_ENTRY, _CACHE),
)
_NAMES = _RUN_NAMES.union(*(names for names, _ in _TOGETHER))


def own_files(names: Set[str]) -> Mapping[str, FileKind]:
    """What w2v wrote among all `names` in one folder, and the kind of each.

    >>> own_files({"config.yaml", "run.json", "text.txt"}).keys() == {"config.yaml", "run.json"}
    True
    >>> own_files({"config.yaml", "vocab.tsv.txt"})
    {}
    """
    found: dict[str, FileKind] = {}
    for together, kind in _TOGETHER:
        if together <= names:
            found |= dict.fromkeys(together, kind)
    run = names & _RUN_NAMES
    if CONFIG in run and len(run) > 1:
        found |= dict.fromkeys(run, _RUN)
    return found


def own_file(path: Path) -> FileKind | None:
    """What a file or folder is, if w2v wrote it."""
    if path.name not in _NAMES:
        return None
    with suppress(OSError):
        return own_files({beside.name for beside in path.parent.iterdir()}).get(path.name)
    return None
