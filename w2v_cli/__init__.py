"""Word vectors from text: skip-gram and CBOW on a vectorised NumPy core.

The command line (`w2v`) is the product. These names give the same to a Python program;
docs/python.md shows each of them. Each is imported when it is first used, so that
`import w2v_cli` is quick.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from w2v_cli.config import Settings
    from w2v_cli.errors import W2VError
    from w2v_cli.evaluation.comparison import compare
    from w2v_cli.programs import load, resume, train
    from w2v_cli.training.run.progress import Progress
    from w2v_cli.vectors.search.neighbours import Neighbour
    from w2v_cli.vectors.word_vectors import WordVectors

__all__ = [
    "Neighbour",
    "Progress",
    "Settings",
    "W2VError",
    "WordVectors",
    "__version__",
    "compare",
    "load",
    "resume",
    "train",
]

__version__ = "0.1.0"

_MODULES = {
    "Neighbour": "vectors.search.neighbours",
    "Progress": "training.run.progress",
    "Settings": "config",
    "W2VError": "errors",
    "WordVectors": "vectors.word_vectors",
    "compare": "evaluation.comparison",
    "load": "programs",
    "resume": "programs",
    "train": "programs",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
