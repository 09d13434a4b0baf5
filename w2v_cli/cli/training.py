"""A run as the terminal sees it: described, watched, stopped by signals, its result shown."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from w2v_cli.cli.rendering import worker_count
from w2v_cli.cli.signals import StopSignals
from w2v_cli.cli.watching import Watcher
from w2v_cli.errors import Unresumable, W2VError
from w2v_cli.pipeline.watch import Outcome, Watch
from w2v_cli.systems.shell import command_line

if TYPE_CHECKING:
    from w2v_cli.config import Settings
    from w2v_cli.pipeline.run import Run
    from w2v_cli.run_files import Facts
    from w2v_cli.training.run.progress import Progress

__all__ = ["TrainingWatch"]


class TrainingWatch(Watch):
    """Shows how a run comes along, and lets signals stop it while there is something to save."""

    def __init__(self, watcher: Watcher, signals: StopSignals) -> None:
        self._watcher, self._signals = watcher, signals
        self.output_error: OSError | None = None  # the first, while there was something to save
        self._reads_input = False  # whether the text comes from standard input
        self._show_reading: Callable[[int, int], None] = watcher.reading()

    @property
    def is_training(self) -> bool:
        """Whether there is something to save."""
        return self._signals.on_stop is not None

    @contextmanager
    def advising(self, out: Path) -> Iterator[None]:
        """Add to an error that ends the training how to continue once its cause is fixed."""
        try:
            yield
        except Unresumable:
            raise
        except W2VError:
            if self.is_training:
                self._watcher.close()
                why = "stopped by an error; when its cause is fixed, continue with"
                self._show_resumption(why, out)
            raise

    def warn(self, text: str) -> None:
        """Warn of what the user may not have meant."""
        self._watcher.warn(text)

    def opening(self, settings: "Settings") -> None:
        """Say what is about to be read."""
        self._watcher.note(f"corpus      {describe_corpus(settings)}")

    def reading(self, done: int, total: int) -> None:
        """Show how much is read."""
        self._show_reading(done, total)

    def training(self, run: "Run") -> None:
        """Say what is about to be trained."""
        self._watcher.close()
        self._signals.on_stop = self.request_stop
        self._reads_input = "-" in run.settings.corpus.paths
        with self._saving_if_output_fails():
            describe_run(run, self._watcher)

    def progress(self, progress: "Progress") -> None:
        """Show how far the training has come."""
        if self.output_error is None:
            with self._saving_if_output_fails():
                self._watcher.training(progress)

    def ended(self, outcome: Outcome) -> None:
        """Show what came of the run."""
        folder = outcome.files.path
        with self._saving_if_output_fails():
            if outcome.record is None:
                self._show_resumption(
                    f"stopped after step {outcome.steps:,}; continue with", folder
                )
                self._watcher.event("stopped", run=str(folder))
            else:
                show_result(outcome, outcome.record, self._watcher)

    def _show_resumption(self, why: str, folder: Path) -> None:
        """Show the command that continues a run that has not come to its end."""
        command = command_line(["w2v", "train", "--resume", "--out", str(folder)])
        if self._reads_input:
            why, command = f"{why}, where TEXT holds what it read", f"{command} < TEXT"
        self._watcher.note(f"{why}:")
        self._watcher.note(f"  {command}")

    @contextmanager
    def _saving_if_output_fails(self) -> Iterator[None]:
        """Where the terminal or the reader has gone, or its disk is full, stop as at a signal."""
        try:
            yield
        except OSError as error:
            self.output_error = self.output_error or error
            self.request_stop()

    def finishing(self, run: "Run") -> None:
        """From here on a signal ends the program at once."""
        self._signals.on_stop = None
        self._watcher.close()


def describe_corpus(settings: "Settings") -> str:
    """What is about to be read."""
    from w2v_cli.data.python_docs import DESCRIPTION

    paths = settings.corpus.paths
    return ", ".join(f"{p} ({DESCRIPTION})" if p == "builtin:python-docs" else p for p in paths)


def describe_run(run: "Run", watcher: Watcher) -> None:
    """Say what is about to be trained."""
    from w2v_cli.cli.plans import epochs_lines, start_lines
    from w2v_cli.core.default_rates import MAX_PAIR_RATE

    settings, plan, counts = run.settings, run.engine.plan, run.vocabulary.occurrences
    watcher.note(
        f"vocabulary  {len(counts):,} words (min_count {settings.vocabulary.min_count}), "
        f"{counts.sum():,} of {run.corpus.n_tokens:,} tokens"
    )
    for line in [] if run.start is None else start_lines(run.start):
        watcher.note(line)
    watcher.note(
        f"model       {settings.model.architecture} × {settings.objective.name}, "
        f"dim {settings.model.dim}, window {settings.model.window}, "
        f"steps of at most {plan.tokens_per_step:,} tokens, {worker_count(plan.workers)}"
        + (f", κ {plan.max_pair_rate:g}" if plan.max_pair_rate != MAX_PAIR_RATE else "")
    )
    for line in epochs_lines(settings, int(counts.sum()), len(counts), run.start):
        watcher.note(line)
    if run.position.steps_done:
        watcher.note(f"resuming    after step {run.position.steps_done:,}")


def show_result(outcome: Outcome, record: "Facts", watcher: Watcher) -> None:
    """Print the path of a finished run, or its run.json."""
    folder = outcome.files.path
    if outcome.was_finished:
        watcher.note(f"{folder} is finished; there is nothing left to do")
    _describe_result(record, watcher)
    if watcher.as_json:
        watcher.event("finished", **{**record, "run": str(folder)})
    else:
        click.echo(folder)


def _describe_result(record: "Facts", watcher: Watcher) -> None:
    """Show the finished run's speed and loss, and why it ended where it did."""
    loss = record["epoch_losses"][-1]
    if loss is not None:
        watcher.note(
            f"trained     {record['words_per_second']:,.0f} words/s, loss {loss:.3f} nats a pair "
            f"(untrained {record['baseline']:.3f})"
        )
    if record.get("best_epoch") is not None:
        best = record["best_epoch"]
        watcher.note(
            f"best        epoch {best}, held-out loss {record['held_out_losses'][best - 1]:.4f}: "
            "its vectors were written"
        )
    if record.get("ended_early") is not None:
        watcher.note(f"ended       early, by {record['ended_early']}")
