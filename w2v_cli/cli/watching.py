"""What `w2v train` shows while it works: a bar on a terminal, plain lines elsewhere."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from w2v_cli.training.session import Progress

__all__ = ["Watcher"]

_SECONDS_BETWEEN_LINES = 10.0


class Watcher:
    """Shows notes, the reading of the corpus and the training, in the way that was asked for."""

    def __init__(self, *, quiet: bool, as_json: bool) -> None:
        self._quiet, self.as_json = quiet or as_json, as_json
        self._terminal = sys.stderr.isatty()
        self._bar: Any = None
        self._next_line = time.monotonic() + _SECONDS_BETWEEN_LINES

    def note(self, text: str) -> None:
        """One line for people."""
        if not self._quiet:
            click.echo(text, err=True)

    def event(self, name: str, **facts: Any) -> None:
        """One line for programs."""
        if self.as_json:
            click.echo(json.dumps({"event": name, **facts}))

    def reading(self) -> Callable[[int, int], None]:
        """A callback (bytes read, bytes in all) for the reading of the corpus."""

        def show(done: int, total: int) -> None:
            if not self._quiet and self._terminal:
                if self._bar is None:
                    self._bar = _bar(total=total, unit="B", unit_scale=True, desc="reading")
                self._bar.update(done - self._bar.n)

        return show

    def training(self, progress: "Progress") -> None:
        """Show how far the training has come."""
        if progress.reported:
            self.event("progress", **progress.report())
        if self._quiet:
            return
        if self._terminal:
            self._move_bar(progress)
            self._show_examined(progress)
        elif progress.epoch_ended or time.monotonic() >= self._next_line:
            self._next_line = time.monotonic() + _SECONDS_BETWEEN_LINES
            click.echo(_line(progress), err=True)
            self._show_examined(progress)

    def _show_examined(self, progress: "Progress") -> None:
        """A line that stays, with what an epoch's end has shown."""
        facts = []
        if progress.held_out_loss is not None:
            best = ", the best so far" if progress.best else ""
            facts.append(f"held-out loss {progress.held_out_loss:.4f}{best}")
        for file, score in progress.scores.items():
            facts.append(f"{Path(file).name} {'no score' if score is None else f'{score:.3f}'}")
        if facts:
            line = f"epoch {progress.epoch}/{progress.epochs}  {'  '.join(facts)}"
            if self._bar is not None:
                self._bar.write(line, file=sys.stderr)
            else:
                click.echo(line, err=True)

    def close(self) -> None:
        """End the bar, if there is one."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _move_bar(self, progress: "Progress") -> None:
        if self._bar is None:
            self._bar = _bar(
                total=progress.total_words, initial=progress.words, unit=" words", unit_scale=True
            )
        self._bar.set_description_str(f"epoch {progress.epoch}/{progress.epochs}", refresh=False)
        if progress.loss is not None:
            self._bar.set_postfix_str(_figures(progress), refresh=False)
        self._bar.update(progress.words - self._bar.n)


def _line(progress: "Progress") -> str:
    left = time.strftime("%H:%M:%S", time.gmtime(min(progress.seconds_left, 359_999)))
    done = progress.words / progress.total_words
    return (
        f"epoch {progress.epoch}/{progress.epochs}  {done:4.0%}  "
        f"{progress.words_per_second:,.0f} words/s  {_figures(progress)}  {left} left"
    )


def _figures(progress: "Progress") -> str:
    loss = "-" if progress.loss is None else f"{progress.loss:.3f}"
    return f"loss {loss} (untrained {progress.baseline:.3f}), lr {progress.learning_rate:.5f}"


def _bar(**options: Any) -> Any:
    """A tqdm bar without its monitor thread: a forked worker must not inherit threads."""
    from tqdm import tqdm

    tqdm.monitor_interval = 0
    return tqdm(file=sys.stderr, dynamic_ncols=True, leave=False, mininterval=0.2, **options)
