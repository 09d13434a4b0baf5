"""The progress bar of a terminal: tqdm's, and beside it the fields for which there is room."""

import sys
from collections.abc import Callable, Sequence
from typing import Any

from tqdm import tqdm

from w2v_cli.cli.terminals import Field, encodes, fitting, terminal_width

__all__ = ["Bar"]

tqdm.monitor_interval = 0  # no thread of its own: a forked worker must not inherit threads

_NARROWEST_BAR = 4  # columns, with its edges

Text = tuple[str, Sequence[Field]]  # what stands before the bar, and after it


class Bar(tqdm):  # type: ignore[type-arg] # it takes no parameters when it runs
    """A bar on standard error that is never wider than the terminal and leaves nothing behind."""

    def __init__(self, text: Callable[[int], Text], done: int, total: int) -> None:
        """`text(columns)` is asked whenever the bar is drawn."""
        self._text = text
        charset = None if encodes(sys.stderr, "█") else " #"
        super().__init__(
            total=max(total, 1), initial=done, file=sys.stderr, leave=False, ascii=charset
        )

    def move(self, done: int, total: int) -> None:
        """Draw the bar again at its new length."""
        self.n, self.total = min(done, total), max(total, 1)
        self.refresh()

    @property
    def format_dict(self) -> dict[str, Any]:
        """What tqdm draws, made for the width of this moment: terminals are resized."""
        columns = terminal_width(self.fp) - 1  # after a full row some terminals begin a new one
        title, fields = self._text(columns)
        beside = fitting(fields, columns - len(f"{title} 100% ") - _NARROWEST_BAR)
        template = f"{_escaped(title)} {{percentage:3.0f}}% |{{bar}}|{_escaped(beside)}"
        return {**super().format_dict, "ncols": columns, "bar_format": template}

    @staticmethod
    def status_printer(file: Any) -> Callable[[str], None]:
        """A function that puts a text in the place of the last.

        tqdm's own overwrites a longer text with blanks. When the terminal has become narrower,
        these do not fit on a row, and every drawing begins a new one.
        """

        def put(text: str) -> None:
            try:
                file.write(f"\r{text}\x1b[K")
                file.flush()
            except OSError as error:
                error.filename = "standard error"
                raise

        return put


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
