"""Every error a user can meet.

W2VError                  the work failed: exit status 1
├── CorpusError           text that cannot be read or trained on
├── VectorsError          a vector file that cannot be read or written
├── QueryError            a question the vectors cannot answer
│   └── UnknownWord       a word without a vector; a KeyError, too
├── RunError              a run folder that is missing, damaged, busy or does not match
│   └── Unresumable       a stopped run that resuming would not help
└── UsageError            settings or arguments that make no sense: exit status 2
    └── ConfigError       a configuration file, a --set or a flag that is wrong

A message is one sentence in lower case without a full stop: what was wrong, the value
got, what was expected, and what to do. It names the file and line, or the key path.
"""

import errno

__all__ = [
    "ConfigError",
    "CorpusError",
    "QueryError",
    "RunError",
    "UnknownWord",
    "Unresumable",
    "UsageError",
    "VectorsError",
    "W2VError",
    "cannot_start",
    "quoted",
    "reason_of",
    "shortened",
]

_WIDEST = 60  # characters of what a user wrote that an error shows


class W2VError(Exception):
    """The work failed for a reason the user can act on."""

    exit_status = 1


class CorpusError(W2VError):
    """Text that cannot be read, or from which nothing can be learned."""


class VectorsError(W2VError):
    """A vector file that cannot be read or written."""


class QueryError(W2VError):
    """A question that the vectors cannot answer."""


class UnknownWord(QueryError, KeyError):
    """A word that is not in the vocabulary and cannot be composed: no key of the vectors."""

    __str__ = Exception.__str__  # that of KeyError puts the message in quotes


class RunError(W2VError):
    """A run folder that is missing, damaged, busy, or belongs to other settings."""


class Unresumable(RunError):
    """A run that stopped, and that resuming would not help."""


class UsageError(W2VError):
    """Arguments or settings that make no sense, or contradict each other."""

    exit_status = 2


class ConfigError(UsageError):
    """A configuration file, a `--set` or a flag that is wrong.

    `problems` has a sentence for each thing that is wrong, so that all are told at once.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def quoted(text: str) -> str:
    r"""Text in quotes that fits on one line of an error, whatever is in it.

    >>> print(quoted("tab" + chr(9)), quoted("x" * 99)[-4:])
    'tab\t' xxx…
    """
    return shortened(repr(text))


def shortened(text: str) -> str:
    """As much of `text` as an error shows."""
    return text if len(text) <= _WIDEST else f"{text[:_WIDEST]}…"


def reason_of(error: OSError) -> str:
    """The reason that the system gives, in lower case, to end a message with."""
    return (error.strerror or str(error)).lower()


def cannot_start(workers: int, error: Exception) -> W2VError:
    """The error where not all of so many worker processes could be started."""
    reason = reason_of(error) if isinstance(error, OSError) else str(error)
    files = getattr(error, "errno", None) == errno.EMFILE
    limit = "open files (`ulimit -n`)" if files else "processes (`ulimit -u`)"
    return W2VError(
        f"{workers} worker processes cannot be started: {reason}; try --workers 1, or raise the "
        f"limit on {limit}"
    )
