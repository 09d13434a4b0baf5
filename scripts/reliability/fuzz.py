"""Give every reader damaged input: each must read it or refuse it with an error of ours.

Anything else is a fault: another exception, a warning, more than 20 seconds of a processor,
more than two gigabytes. A case is a number; all its damage is drawn from it, so that the printed
command shows a fault again.
"""

import argparse
import itertools
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from types import FrameType

from reliability.readers import READERS
from w2v_cli.errors import W2VError

LONGEST_CASE = 20  # seconds of a processor, however busy the machine is
LONGEST_WAIT = 600  # seconds in which a case may be waiting for something
MOST_MEMORY = 2 << 30  # bytes on top of what the process has at the start


class Hanging(BaseException):
    """A case has taken too long."""


def outcome(reader: str, case: int, folder: Path) -> str | None:
    """Read one damaged input; "read", "refused", or None after printing what went wrong."""
    place = folder / "case"
    place.mkdir()
    _limit_time(LONGEST_CASE, LONGEST_WAIT)
    try:
        READERS[reader](place, random.Random(f"{reader} {case}"))
        return "read"
    except W2VError:
        return "refused"
    except (Exception, Hanging):
        _limit_time(0, 0)
        traceback.print_exc(file=sys.stdout)
        print(f"FAULT, again with: scripts/fuzz --reader {reader} --case {case}", flush=True)
        return None
    finally:
        _limit_time(0, 0)
        shutil.rmtree(place)


def fuzz(readers: Iterable[str], cases: Iterable[int], seconds: float) -> Counter[str]:
    """Take the readers in turns until the time is up; how many cases ended in which way."""
    ends: Counter[str] = Counter()
    until = time.monotonic() + seconds
    with tempfile.TemporaryDirectory(prefix="w2v-fuzz-") as folder, warnings.catch_warnings():
        warnings.simplefilter("error")
        numbers = (signal.SIGPROF, signal.SIGALRM)
        before = {number: signal.signal(number, _interrupt) for number in numbers}
        try:
            for case, reader in ((case, reader) for case in cases for reader in readers):
                if time.monotonic() > until:
                    break
                end = outcome(reader, case, Path(folder))
                ends[f"{reader} {end or 'FAULT'}"] += 1
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
    return ends


def _limit_time(working: float, waiting: float) -> None:
    """Ask for a signal after so many seconds of a processor, or of the clock; 0 for none."""
    signal.setitimer(signal.ITIMER_PROF, working)
    signal.setitimer(signal.ITIMER_REAL, waiting)


def _interrupt(number: int, frame: FrameType | None) -> None:
    waited = number == signal.SIGALRM
    limit = f"{LONGEST_WAIT} seconds" if waited else f"{LONGEST_CASE} seconds of a processor"
    raise Hanging(f"more than {limit}")


def limit_memory() -> None:
    """Let this process have at most `MOST_MEMORY` more address space."""
    import resource  # which Windows lacks

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + MOST_MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))


def main() -> int:
    parser = argparse.ArgumentParser("scripts/fuzz", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--seconds", type=float, default=60, help="how long; default: 60")
    parser.add_argument("--reader", choices=sorted(READERS), help="only this one")
    parser.add_argument("--case", type=int, help="only this one")
    parser.add_argument("--first", type=int, default=0, help="the first case; default: 0")
    arguments = parser.parse_args()
    if Path("/proc/self/statm").exists():
        limit_memory()
    readers = [arguments.reader] if arguments.reader else list(READERS)
    cases = itertools.count(arguments.first) if arguments.case is None else [arguments.case]
    ends = fuzz(readers, cases, arguments.seconds)
    print(f"{ends.total():,} cases:", ", ".join(f"{end} {n:,}" for end, n in sorted(ends.items())))
    return min(sum(n for end, n in ends.items() if end.endswith("FAULT")), 1)


if __name__ == "__main__":
    sys.exit(main())
