"""What `w2v train` shows while it works: a bar on a terminal, plain lines elsewhere."""

import json
import sys
import textwrap
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from w2v_cli.cli.meters import Meter, ReadingMeter, nodes_changed
from w2v_cli.cli.rendering import printable
from w2v_cli.cli.terminals import can_redraw, encodes, folded, terminal_width

if TYPE_CHECKING:
    from w2v_cli.cli.bars import Bar
    from w2v_cli.training.run.progress import Progress

__all__ = ["Watcher"]

_SECONDS_BETWEEN_DRAWINGS = 0.1
_SECONDS_BETWEEN_LINES = 10.0  # where nothing can be drawn over
_FEW_EPOCHS = 20  # at most these: each has a line
_SECONDS_BETWEEN_EPOCHS = 1.0  # with a line; an epoch with a held-out loss or score always has one
_LABEL = 12  # columns before what a note says


class Watcher:
    """Shows notes, the reading of the corpus and the training, in the way that was asked for."""

    def __init__(
        self, *, quiet: bool, as_json: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` counts seconds."""
        self._quiet, self.as_json = quiet or as_json, as_json
        self._clock = clock
        self._terminal = can_redraw(sys.stderr)
        self._bar: Bar | None = None
        self._meter: Meter | None = None
        self._before: Progress | None = None
        self._shown_at = self._epoch_shown_at = clock()

    def note(self, text: str) -> None:
        """One line for people, wrapped on a terminal; no name in it can control the terminal."""
        if not self._quiet:
            text = printable(text)  # names come from files that anyone may have written
            self._leave(_wrapped(text) if self._terminal else text)

    def warn(self, text: str) -> None:
        """Warn of what the user may not have meant."""
        self.note(f"w2v: warning: {text}")

    def event(self, name: str, /, **facts: Any) -> None:
        """One line for programs."""
        if self.as_json:
            click.echo(json.dumps({"event": name, **facts}))

    def reading(self) -> Callable[[int, int], None]:
        """A callback (bytes read, bytes in all) for the reading of the corpus."""
        meter = ReadingMeter(self._clock())

        def show(done: int, total: int) -> None:
            if not self._quiet and self._terminal and self._is_time(_SECONDS_BETWEEN_DRAWINGS):
                meter.add(done, total, self._clock())
                self._draw(meter.beside_bar, done, total)

        return show

    def training(self, progress: "Progress") -> None:
        """Show how far the training has come."""
        if progress.reported:
            self.event("progress", **progress.report())
        if self._quiet:
            return
        now = self._clock()
        if self._meter is None:
            self._meter = Meter(progress, now, unicode=encodes(sys.stderr, "█"))
            self._shown_at = now
        changed = nodes_changed(self._before, progress) if self._before is not None else None
        self._before = progress
        if changed is not None:
            self.note(f"nodes       {changed}")
        between = _SECONDS_BETWEEN_DRAWINGS if self._terminal else _SECONDS_BETWEEN_LINES
        is_time = self._is_time(between)
        if is_time or progress.reported:
            self._meter.add(progress, now)
        if self._terminal and is_time:
            self._draw(self._meter.beside_bar, progress.words, progress.total_words)
        elif is_time and not progress.epoch_ended:
            self._leave("  ".join(self._meter.midway()))
        if progress.epoch_ended:
            self._end_epoch(self._meter)

    def close(self) -> None:
        """End the bar, if there is one."""
        if self._bar is not None:
            bar, self._bar = self._bar, None
            with suppress(OSError):  # whoever drew it last knows
                bar.close()

    def _is_time(self, seconds: float) -> bool:
        """Whether so many seconds have passed since this was last true."""
        now = self._clock()
        due = now >= self._shown_at + seconds
        if due:
            self._shown_at = now
        return due

    def _draw(self, text: Callable[[int], Any], done: int, total: int) -> None:
        if self._bar is None:
            from w2v_cli.cli.bars import Bar

            self._bar = Bar(text, done, total)
        self._bar.move(done, total)

    def _end_epoch(self, meter: Meter) -> None:
        """Leave a line; of many short epochs for some only."""
        progress, now = meter.progress, self._clock()
        told = progress.held_out_loss is not None or progress.scores
        always = progress.epoch == progress.epochs or progress.epochs <= _FEW_EPOCHS
        if told or always or now >= self._epoch_shown_at + _SECONDS_BETWEEN_EPOCHS:
            self._epoch_shown_at = now
            columns = terminal_width(sys.stderr) if self._terminal else None
            self._leave(folded(meter.epoch(), columns))
        meter.end_epoch()

    def _leave(self, text: str) -> None:
        """Lines that stay, above the bar."""
        if self._bar is not None:
            self._bar.write(text, file=sys.stderr)
        else:
            click.echo(text, err=True)


def _wrapped(text: str) -> str:
    """The note on as many lines as it needs; but a command to copy, which is indented, on one."""
    if text.startswith(" "):
        return text
    return textwrap.fill(
        text,
        max(terminal_width(sys.stderr), 2 * _LABEL),
        subsequent_indent=" " * _LABEL,
        break_long_words=False,
        break_on_hyphens=False,
    )
