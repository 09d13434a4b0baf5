"""What is seen of `w2v train`: on terminals of several widths, through an emulator, and in logs."""

import io
import os
import re
import struct
import subprocess
import sys
from dataclasses import replace

import pyte
import pytest

from w2v_cli.cli import watching
from w2v_cli.cli.meters import Rate
from w2v_cli.cli.rendering import sparkline
from w2v_cli.cli.watching import Watcher
from w2v_cli.durations import duration, seconds
from w2v_cli.training.run.progress import Progress

fcntl, pty, termios = map(pytest.importorskip, ("fcntl", "pty", "termios"))

SPEED = 1_000_000  # words a second, of the scripted training
EPOCHS = 3
EPOCH_WORDS = 20 * SPEED
BLOCKS = "▁▂▃▄▅▆▇█"


@pytest.fixture(autouse=True)
def capable_terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("CI", raising=False)


class Terminal:
    """A terminal of so many columns, as standard error and before a user's eyes."""

    def __init__(self, columns, encoding="utf-8"):
        self._master, slave = pty.openpty()
        self.stream = os.fdopen(slave, "w", encoding=encoding)
        self.screen = pyte.HistoryScreen(columns, 24, history=1000)
        self._parser, self.written = pyte.Stream(self.screen), ""
        self.resize(columns)

    def resize(self, columns):
        fcntl.ioctl(self.stream, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.screen.resize(24, columns)

    def close(self):
        self.stream.close()
        os.close(self._master)

    def look(self):
        """The lines that can be seen, those that scrolled away first."""
        self.stream.write("\0")  # a mark that all before it has come through
        self.stream.flush()
        read = b""
        while not read.endswith(b"\0"):
            read += os.read(self._master, 1 << 16)
        text = read[:-1].decode()
        self.written += text
        self._parser.feed(text)
        above = ["".join(line[x].data for x in sorted(line)) for line in self.screen.history.top]
        lines = [line.rstrip() for line in [*above, *self.screen.display]]
        while lines and not lines[-1]:
            lines.pop()
        return lines


@pytest.fixture
def terminal(monkeypatch):
    opened = []

    def new(columns, **options):
        opened.append(Terminal(columns, **options))
        monkeypatch.setattr(sys, "stderr", opened[-1].stream)
        return opened[-1]

    yield new
    for one in opened:
        one.close()


class Clock:
    """Seconds that pass when told."""

    now = 100.0

    def __call__(self):
        return self.now


def script(clock, seconds=1.0, speed=lambda second: SPEED):
    """Each `Progress` of a training of 3 epochs of 20 s at full speed, one each `seconds`."""
    words, began = 0, clock.now
    while words < EPOCHS * EPOCH_WORDS:
        before = words
        clock.now += seconds
        words = min(round(words + seconds * speed(clock.now - began)), EPOCHS * EPOCH_WORDS)
        ended = words // EPOCH_WORDS > before // EPOCH_WORDS
        done = words / (EPOCHS * EPOCH_WORDS)
        yield Progress(
            epoch=before // EPOCH_WORDS + 1,
            epochs=EPOCHS,
            step=words // 10_000,
            words=words,
            total_words=EPOCHS * EPOCH_WORDS,
            learning_rate=0.025 * (1 - done),
            loss=4 - done,
            baseline=4.159,
            words_per_second=words / (clock.now - began),
            seconds_left=0.0,
            epoch_ended=ended,
            reported=ended or words * 20 // EPOCH_WORDS > before * 20 // EPOCH_WORDS,
            held_out_loss=None,
            best=False,
            scores={},
        )


def in_rounds(steps):
    """The same on four nodes, of which one is lost in the second epoch, and then two join."""
    for progress in steps:
        part = progress.words / progress.total_words
        changed = {"nodes": 4 - (part > 0.4) + 2 * (part > 0.6), "joined": 2 * (part > 0.6)}
        last = {} if part < 0.1 else {"exchanging": 0.12, "slowest": 20_000, "fastest": 30_000}
        rounds = {"rounds": round(part * 96), "of_rounds": 96, "lost": int(part > 0.4)}
        yield replace(progress, cluster={**rounds, **changed, **last})


def watch(terminal, **options):
    """Show a scripted training; the lines on the screen after each of its steps, and at its end."""
    clock = Clock()
    watcher = Watcher(quiet=False, as_json=False, clock=clock)
    screens = []
    for progress in script(clock, **options):
        watcher.training(progress)
        screens.append(terminal.look())
    watcher.close()
    return screens, terminal.look()


def bars(screens):
    return [screen[-1] for screen in screens if screen and "%" in screen[-1]]


EPOCH_LINES = [
    "epoch 1/3  loss 3.667  in 19s",  # the first step ends before there is a clock
    "epoch 2/3  loss 3.333  in 20s",
    "epoch 3/3  loss 3.000  in 20s",
]


@pytest.mark.slow
@pytest.mark.parametrize("columns", [10, 24, 40, 80, 200])
def test_a_terminal_shows_one_bar_within_its_width_and_keeps_a_line_an_epoch(terminal, columns):
    window = terminal(columns)
    screens, end = watch(window)
    for screen in screens:
        assert sum("|" in line for line in screen) <= 1
    pieces = re.split(r"[\r\n]", window.written.replace("\x1b[K", ""))
    if columns >= 40:  # a line that stays may be wrapped by a terminal that is narrower
        assert max(map(len, pieces)) <= columns - 1
        assert end == EPOCH_LINES
    assert "|" not in "".join(end)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("columns", "bar"),
    [
        (40, r"2/3  50% \|\S+ *\|  loss 3\.50.  30s left"),
        (
            80,
            rf"epoch 2/3  50% \|\S+ *\|  loss 3\.50.  [{BLOCKS}]{{7}}  1,000,000 words/s  30s left",
        ),
        (
            200,
            rf"epoch 2/3  50% \|\S+ *\|  loss 3\.50.  [{BLOCKS}]{{19}}  \(untrained 4\.159\)"
            r"  lr 0\.01250  1,000,000 words/s  30s left",
        ),
    ],
)
def test_what_there_is_room_for_stands_beside_the_bar(terminal, columns, bar):
    screens, _ = watch(terminal(columns))
    (halfway,) = (line for line in bars(screens) if " 50% " in line and "30s" in line)
    assert re.fullmatch(bar, halfway)


def test_a_note_cannot_command_the_terminal(capsys):
    Watcher(quiet=False, as_json=False).note("corpus      \x1b]0;PWNED\a")
    assert capsys.readouterr().err == "corpus      \\x1b]0;PWNED\\x07\n"


@pytest.mark.slow
def test_the_bar_grows_and_the_loss_is_drawn_falling(terminal):
    screens, _ = watch(terminal(80))
    lengths = [line.count("█") for line in bars(screens)]
    assert lengths == sorted(lengths)
    assert lengths[-1] > 8
    course = re.findall(f"[{BLOCKS}]+", bars(screens)[-1].partition("loss")[2])[0]
    assert list(course) == sorted(course, reverse=True)
    assert (course[0], course[-1]) == ("█", "▁")


@pytest.mark.slow
def test_a_terminal_may_be_resized_at_any_time(terminal):
    window, clock = terminal(120), Clock()
    watcher = Watcher(quiet=False, as_json=False, clock=clock)
    for n, progress in enumerate(script(clock)):
        if n % 3 == 0:
            window.resize((120, 50, 80, 200)[n // 3 % 4])
        watcher.training(progress)
        screen = window.look()
        assert sum("|" in line for line in screen) <= 1
        assert not screen or "|" in screen[-1] or "in 20s" in screen[-1]
    watcher.close()
    assert window.look() == EPOCH_LINES


def test_no_colour_and_no_escape_but_the_one_that_clears_a_line(terminal, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    window = terminal(80)
    watch(window)
    assert set(re.findall(r"\x1b[^A-Za-z]*[A-Za-z]", window.written)) == {"\x1b[K"}


@pytest.mark.slow
def test_a_terminal_without_blocks_gets_ascii(terminal):
    window = terminal(120, encoding="ascii")
    screens, end = watch(window)
    assert window.written.isascii()
    assert re.search(r"\|#+ +\|  loss 3\.\d+  '[-.'_]*_  ", bars(screens)[-10])
    assert end == EPOCH_LINES


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value"), [("TERM", "dumb"), ("TERM", None), ("CI", "true"), ("pipe", None)]
)
def test_where_nothing_can_be_drawn_over_there_are_plain_lines(
    terminal, monkeypatch, capsys, name, value
):
    if name == "pipe":
        clock = Clock()
        watcher = Watcher(quiet=False, as_json=False, clock=clock)
        for progress in script(clock):
            watcher.training(progress)
        text = capsys.readouterr().err
    else:
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
        window = terminal(80)
        watch(window)
        text = window.written.replace("\r\n", "\n")
    figures = r"loss 3\.\d{3} \(untrained 4\.159\)  lr 0\.0\d{4}  1,000,000 words/s  \w+ left"
    expected = [
        rf"epoch 1/3   18%  {figures}",
        *(re.escape(line) for line in EPOCH_LINES[:1]),
    ]
    lines = text.splitlines()
    assert len(lines) == 8  # every ten seconds, and each epoch's end
    for line, pattern in zip(lines, expected, strict=False):
        assert re.fullmatch(pattern, line)
    assert [line for line in lines if "%" not in line] == EPOCH_LINES
    assert not re.search(r"[\r\x1b]", text)


def test_the_time_left_settles_although_the_speed_does_not(terminal):
    screens, _ = watch(terminal(80), speed=lambda second: SPEED * (1.5 if second % 4 < 2 else 0.5))
    texts = [re.search(r"(\w+) left", line)[1] for line in bars(screens)[-40:]]
    left = [seconds(text) or 0 for text in texts]
    assert all(
        abs(shown - right) <= 3 for shown, right in zip(left, range(39, -1, -1), strict=True)
    )


def test_a_pause_of_the_whole_program_is_not_taken_for_slowness(terminal):
    window, clock = terminal(80), Clock()
    watcher = Watcher(quiet=False, as_json=False, clock=clock)
    for n, progress in enumerate(script(clock)):
        if n == 30:
            clock.now += 3600  # Ctrl-Z, and an hour later fg
        watcher.training(progress)
        if n == 30:
            (line,) = bars([window.look()])
    assert re.search(r" 1,000,000 words/s  29s left$", line)


def test_each_of_few_epochs_leaves_a_line(terminal):
    window, clock = terminal(80), Clock()
    watcher = Watcher(quiet=False, as_json=False, clock=clock)
    for progress in script(clock, seconds=0.01, speed=lambda second: 200 * SPEED):
        watcher.training(progress)
    watcher.close()
    assert [line[:9] for line in window.look()] == ["epoch 1/3", "epoch 2/3", "epoch 3/3"]


def test_many_short_epochs_leave_a_line_a_second_and_the_last_one(terminal, monkeypatch):
    monkeypatch.setattr(watching, "_FEW_EPOCHS", 2)
    window, clock = terminal(80), Clock()
    watcher = Watcher(quiet=False, as_json=False, clock=clock)
    for progress in script(clock, seconds=0.01, speed=lambda second: 200 * SPEED):
        watcher.training(progress)  # an epoch takes a tenth of a second
    watcher.close()
    assert window.look() == ["epoch 3/3  loss 3.000  in 0.1s"]


def test_held_out_loss_and_scores_are_always_kept_and_folded(terminal):
    window, clock = terminal(40), Clock()
    *_, last = script(clock)
    watcher = Watcher(quiet=False, as_json=False, clock=clock)
    facts = {"held_out_loss": 3.25, "best": True, "scores": {"a/pairs.tsv": 0.5, "rare.tsv": None}}
    watcher.training(replace(last, epoch=2, **facts))
    watcher.close()
    assert window.look() == [
        "epoch 2/3  loss 3.000",
        "  held-out loss 3.2500, the best so far",
        "  pairs.tsv 0.500  rare.tsv no score",
        "  in 0.0s",
    ]


def test_the_reading_of_the_corpus_has_a_bar(terminal):
    window, clock = terminal(80), Clock()
    watcher = Watcher(quiet=False, as_json=False, clock=clock)
    show = watcher.reading()
    for done in (10, 20, 30):
        clock.now += 1
        show(done * 1_000_000, 40_000_000)
    (line,) = window.look()
    assert re.fullmatch(r"reading  75% \|\S+ *\|  30 of 40 MB  10\.0 MB/s  1s left", line)
    watcher.close()
    assert window.look() == []


def test_notes_are_wrapped_but_a_command_to_copy_is_not(terminal):
    window = terminal(30)
    watcher = Watcher(quiet=False, as_json=False)
    watcher.note("vocabulary  3,607 words (min_count 10)")
    assert window.look() == ["vocabulary  3,607 words", "            (min_count 10)"]
    watcher.note("  w2v train --resume --out runs/first")
    window.look()
    assert "  w2v train --resume --out runs/first\r\n" in window.written


def test_no_name_in_a_note_can_command_the_terminal(terminal):
    window = terminal(80)
    Watcher(quiet=False, as_json=False).note("corpus      \x1b]0;PWNED\a.txt")
    assert window.look() == [r"corpus      \x1b]0;PWNED\x07.txt"]


def test_a_rate_forgets_what_was_long_ago():
    rate = Rate(memory=5)
    assert rate.value is None
    for _ in range(100):
        rate.add(units=10, seconds=1)
    assert rate.value == pytest.approx(10)
    rate.add(units=30, seconds=1)
    assert 10 < rate.value < 20
    for _ in range(100):
        rate.add(units=30, seconds=1)
    assert rate.value == pytest.approx(30)


@pytest.mark.parametrize(
    ("values", "width", "shown"),
    [
        ([], 5, ""),
        ([2.0], 5, "▁"),
        ([2.0, 2.0], 5, "▁▁"),
        ([1, 2, 3, 4, 5, 6, 7, 8], 8, BLOCKS),
        ([4, 4, 3, 3, 2, 2, 1, 1], 4, "█▆▃▁"),
        ([3, 1], 0, ""),
    ],
)
def test_a_sparkline_shows_means_from_the_lowest_to_the_highest(values, width, shown):
    assert sparkline(values, width) == shown


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0s"),
        (0.96, "1s"),
        (59.6, "1m00s"),
        (61, "1m01s"),
        (3599.6, "1h00m"),
        (1e5, "27h47m"),
    ],
)
def test_durations_are_rounded_without_a_gap_between_units(seconds, text):
    assert duration(seconds) == text


@pytest.mark.slow
def test_the_program_draws_on_a_real_terminal(tmp_path, planted_corpus):
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    settings = ("vocabulary.min_count=1", "model.dim=10", "training.epochs=40")
    arguments = [*("--corpus", planted_corpus), *("--out", tmp_path / "run")]
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "w2v_cli", "train", *arguments),
            *(text for setting in settings for text in ("--set", setting)),
        ],
        stdout=subprocess.PIPE,
        stderr=slave,
        text=True,
    )
    os.close(slave)
    shown = io.BytesIO()
    while True:
        try:
            shown.write(os.read(master, 4096))
        except OSError:  # the other side is closed
            break
    os.close(master)
    stdout, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert stdout == f"{tmp_path / 'run'}\n"
    text = shown.getvalue().decode()
    assert re.search(r"\repoch \d+/40 +\d+% \|.*\|  loss \d\.\d{3}  .*words/s", text)
    lines = text.replace("\x1b[K", "").splitlines()
    assert re.fullmatch(r"trained +[\d,]+ words/s, loss .* \(untrained 4\.159\)", lines[-1])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("columns", "bar"),
    [
        (60, r"2/3  50% \|\S+ *\|  loss 3\.50.  1,000,000 words/s  30s left"),
        (
            120,
            r"epoch 2/3  50% \|\S+ *\|  loss 3\.50.  3 nodes  round 48/96  12% exchanging"
            rf"  [{BLOCKS}]+  1,000,000 words/s  30s left",
        ),
    ],
)
def test_nodes_rounds_and_exchange_stand_beside_the_bar(terminal, columns, bar):
    window, clock = terminal(columns), Clock()
    watcher = Watcher(quiet=False, as_json=False, clock=clock)
    screens = []
    for progress in in_rounds(script(clock)):
        watcher.training(progress)
        screens.append(window.look())
    watcher.close()
    (halfway,) = (line for line in bars(screens) if " 50% " in line and "30s" in line)
    assert re.fullmatch(bar, halfway)
    assert [line for line in window.look() if line.startswith("nodes")] == [
        "nodes       1 lost: 3 now",
        "nodes       2 joined: 5 now",
    ]


def test_a_log_tells_of_nodes_rounds_and_exchange(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    clock = Clock()
    watcher = Watcher(quiet=False, as_json=False, clock=clock)
    for progress in in_rounds(script(clock)):
        watcher.training(progress)
    lines = sys.stderr.getvalue().splitlines()
    assert (
        "epoch 2/3   52%  loss 3.483 (untrained 4.159)  lr 0.01208  3 nodes  round 50/96"
        "  12% exchanging  a node 20,000 to 30,000 words/s  1,000,000 words/s  29s left"
    ) in lines
    assert "nodes       1 lost: 3 now" in lines
