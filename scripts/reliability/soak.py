"""Kill training runs again and again, resume them, and compare them with runs left alone.

Every run trains one of the four combinations of model and objective, or holds out text and
keeps the best epoch. It is stopped several times, at moments and by means drawn from the seed,
then continues to its end, and must leave the bytes of a run that was never stopped.
Whatever is killed, no process and no named shared memory may stay behind, nothing may hang,
and no traceback may be printed.
"""

import argparse
import itertools
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from reliability.cluster_soak import ClusterSoak
from reliability.processes import LONGEST_RUN, Training, wait_until
from reliability.run_state import digest, moment, steps_saved
from reliability.topics import text

ARCHITECTURES = ("skipgram", "cbow")
OBJECTIVES = ("negative_sampling", "naive_softmax")
WORKERS = (1, 2)
SETTINGS = {
    "vocabulary.min_count": 1,
    "model.dim": 16,
    "training.tokens_per_step": 200,
    "checkpoint.every_steps": 4,
    "checkpoint.keep": 3,
}

# What may end a process, and the status that a shell then shows. It may also be 0: a worker
# that has done its part is not missed, and a signal may come too late.
MEANS = {
    "kill the parent": 128 + signal.SIGKILL,
    "kill everybody": 128 + signal.SIGKILL,
    "kill a worker": 1,
    "SIGINT": 128 + signal.SIGINT,
    "SIGTERM": 128 + signal.SIGTERM,
    "SIGINT twice": 128 + signal.SIGINT,
    "SIGTERM twice": 128 + signal.SIGTERM,
}
KILLS = ("kill the parent", "kill everybody", "kill a worker")


@dataclass(frozen=True)
class Case:
    """What a run trains, and with how many workers."""

    architecture: str
    objective: str
    workers: int
    valid: float = 0.0  # part of the text held out, so that the best epoch is kept
    epochs: int = 12

    def arguments(self, corpus: Path, run: Path) -> list[str]:
        """The arguments of `w2v train` that start it."""
        settings = {
            **SETTINGS,
            "model.architecture": self.architecture,
            "objective.name": self.objective,
            "training.held_out": self.valid,
            "training.epochs": self.epochs,
        }
        sets = itertools.chain.from_iterable(("--set", f"{k}={v}") for k, v in settings.items())
        return [*self.resumption(run)[1:], "--corpus", str(corpus), *sets]

    def resumption(self, run: Path) -> list[str]:
        """The arguments of `w2v train` that resume it."""
        return ["--resume", "--out", str(run), "--workers", str(self.workers)]


CASES = [
    *(Case(*choice) for choice in itertools.product(ARCHITECTURES, OBJECTIVES, WORKERS)),
    Case("skipgram", "negative_sampling", 2, valid=0.1),
]


@dataclass
class Figures:
    """Counts of what was done, and the faults found."""

    stops: Counter[str] = field(default_factory=Counter)  # by means
    moments: Counter[str] = field(default_factory=Counter)
    resumes: int = 0
    compared: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        return sum(self.stops[means] for means in KILLS)


class Soak:
    """Runs in one folder, stopped by one sequence of random numbers."""

    def __init__(self, folder: Path, seed: int, means: Sequence[str]) -> None:
        """`means` are keys of `MEANS` to choose from."""
        self._folder, self._random, self._means = folder, random.Random(seed), means
        self._cache, self._corpus = folder / "cache", folder / "corpus.txt"
        self._corpus.write_text(text(self._random))
        self._expected: dict[Case, tuple[str, int]] = {}
        self.figures = Figures()

    def punish(self, case: Case, stops: int) -> None:
        """Train a case, stop it at most so many times, resume it, and compare what it leaves."""
        expected, self._steps = self._reference(case)
        run = self._folder / "run"
        shutil.rmtree(run, ignore_errors=True)
        if self._random.random() < 0.3:
            shutil.rmtree(self._cache, ignore_errors=True)  # then the reading is stopped too
        for _ in range(stops):
            if (run / "run.json").exists():
                break
            self._stop_once(case, run)
        self._expect(case, "the resumed run", self._start(case, run), {0})
        self.figures.compared += 1
        if digest(run) != expected:
            kept = self._folder / f"fault-{len(self.figures.faults)}"
            shutil.copytree(run, kept)
            self._fault(case, f"other bytes than a run never stopped; kept in {kept}")

    def _reference(self, case: Case) -> tuple[str, int]:
        """What a run never stopped leaves, and its number of steps."""
        key = replace(case, workers=1)  # any number leaves the same bytes
        if key not in self._expected:
            run = self._folder / f"whole-{len(self._expected)}"
            whole = Training(case.arguments(self._corpus, run), self._cache)
            self._expect(case, "the run never stopped", whole, {0})
            self._expected[key] = digest(run), steps_saved(run)
        return self._expected[key]

    def _start(self, case: Case, run: Path) -> Training:
        if (run / "config.yaml").exists():
            self.figures.resumes += 1
            return Training(case.resumption(run), self._cache)
        return Training(case.arguments(self._corpus, run), self._cache)

    def _stop_once(self, case: Case, run: Path) -> None:
        """Start or resume, and stop at a random moment by random means."""
        means = self._random.choice(self._means)
        if means == "kill a worker" and case.workers == 1:
            means = "kill the parent"
        training = self._start(case, run)
        self._wait(training, run)
        workers = training.workers() if "worker" in means or "everybody" in means else []
        if not training.is_running() or (means == "kill a worker" and not workers):
            means = "too late"
        else:
            self.figures.moments[moment(run)] += 1
            self._stop(training, means, workers)
        self.figures.stops[means] += 1
        self._expect(case, means, training, {0, MEANS.get(means, 0)})

    def _wait(self, training: Training, run: Path) -> None:
        """Wait for a moment of the start, of any step, or while a file is being written."""
        place = self._random.choice(["start", "step", "step", "file", "file"])
        if place == "start":
            wait_until(lambda: not training.is_running(), self._random.uniform(0, 0.6), 0.005)
            return
        step = self._random.uniform(0, 1.05) * self._steps
        partial = self._random.choice([".step-*", ".step-*", ".step-*", ".vectors*", ".metrics*"])

        def reached() -> bool:
            if not training.is_running():
                return True
            if place == "step":
                return steps_saved(run) >= step
            return steps_saved(run) >= step / 2 and any(run.rglob(f"{partial}.part"))

        wait_until(reached, LONGEST_RUN, 0.0005)
        time.sleep(self._random.uniform(0, 0.005))

    def _stop(self, training: Training, means: str, workers: list[int]) -> None:
        parent = training.process.pid
        if means == "kill the parent":
            training.send(signal.SIGKILL, parent)
        elif means == "kill everybody":
            training.send(signal.SIGKILL, *workers, parent)
        elif means == "kill a worker":
            training.send(signal.SIGKILL, self._random.choice(workers))
        else:
            name, _, twice = means.partition(" ")
            training.send(signal.Signals[name], parent)
            if twice:
                time.sleep(self._random.uniform(0, 0.02))
                training.send(signal.Signals[name], parent)

    def _expect(self, case: Case, what: str, training: Training, statuses: set[int]) -> None:
        """Wait until a process ends, and note whatever went wrong."""
        try:
            status, said = training.end()
        except AssertionError as hanging:
            self._fault(case, f"{what}: {hanging}")
            return
        if "corpus  " not in said and "SIG" in what:
            return  # the signal came before the program did: Python itself dealt with it
        if status not in statuses or "Traceback" in said:
            self._fault(case, f"{what}: ended with status {status}: {said}")
        if left := training.left_behind():
            self._fault(case, f"{what}: left behind: {', '.join(left)}")

    def _fault(self, case: Case, text: str) -> None:
        self.figures.faults.append(f"{case}: {text}")
        print(f"FAULT {case}: {text}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser("scripts/soak", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--kills", type=int, default=200, help="SIGKILLs to send; default: 200")
    parser.add_argument("--seed", type=int, default=1, help="of moments and means; default: 1")
    parser.add_argument("--cluster", action="store_true", help="runs on a Dask cluster instead")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="w2v-soak-"))
    if arguments.cluster:
        return cluster(folder, arguments.kills, arguments.seed)
    soak = Soak(folder, arguments.seed, [*KILLS, *MEANS])  # more kills than signals
    figures, draws = soak.figures, random.Random(arguments.seed)
    for case in itertools.cycle(CASES):
        if figures.kills >= arguments.kills:
            break
        soak.punish(case, draws.randint(1, 8))
        print(
            f"{figures.kills} kills, {figures.resumes} resumes, {figures.compared} runs compared, "
            f"{len(figures.faults)} faults",
            flush=True,
        )
    for title, counts in (("means", figures.stops), ("moments", figures.moments)):
        print(f"{title}:", ", ".join(f"{name} {n}" for name, n in counts.most_common()))
    print(f"mismatches and other faults: {len(figures.faults)}")
    if not figures.faults:
        shutil.rmtree(folder)
    return min(len(figures.faults), 1)


def cluster(folder: Path, kills: int, seed: int) -> int:
    """The same on a Dask cluster."""
    soak, draws = ClusterSoak(folder, seed), random.Random(seed)
    while soak.kills.total() < kills and not soak.faults:
        soak.punish(draws.randint(1, 4))
        print(f"{dict(soak.kills)}, {soak.compared} runs compared", flush=True)
    for fault in soak.faults:
        print(f"FAULT {fault}")
    print(f"mismatches and other faults: {len(soak.faults)}")
    if not soak.faults:
        shutil.rmtree(folder)
    return min(len(soak.faults), 1)


if __name__ == "__main__":
    sys.exit(main())
