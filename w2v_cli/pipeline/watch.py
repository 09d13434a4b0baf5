"""Who watches a run from outside, and what comes of the run."""

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from w2v_cli.config import Settings
    from w2v_cli.pipeline.run import Run
    from w2v_cli.run_files import Facts, RunFiles
    from w2v_cli.training.run.progress import Progress

__all__ = ["Outcome", "Watch"]


class Watch:
    """Is told of the progress of a run, in the order of these methods, and may ask it to stop.

    A subclass overrides what it wants to know. Its errors end the run; the steps that were
    taken are saved first.
    """

    stop_requested = False

    def request_stop(self) -> None:
        """Let the run save and end after the present step."""
        self.stop_requested = True

    def warn(self, text: str) -> None:
        """Warn, at any time, of what the user may not have meant."""
        warnings.warn(text, stacklevel=2)

    def opening(self, settings: "Settings") -> None:
        """The corpus is read next."""

    def reading(self, done: int, total: int) -> None:
        """So many bytes of the corpus have been read, of `total`."""

    def training(self, run: "Run") -> None:
        """The corpus is read, memory allocated, and the first step comes next."""

    def progress(self, progress: "Progress") -> None:
        """A step was taken."""

    def finishing(self, run: "Run") -> None:
        """The last step was taken; the vectors are written next."""


@dataclass(frozen=True)
class Outcome:
    """What comes of a run that was started or resumed."""

    files: "RunFiles"
    steps: int  # done
    record: "Facts | None"  # what run.json says; None if the run was stopped before its end
    was_finished: bool = False  # before it was resumed
