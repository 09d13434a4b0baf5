"""A run started, resumed or extended: watched, stopped by signals, its result shown."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from w2v_cli.cli.signals import StopSignals
from w2v_cli.cli.summaries import describe_corpus, describe_run, show_result, show_resumption
from w2v_cli.cli.watching import Watcher
from w2v_cli.errors import W2VError

if TYPE_CHECKING:
    from w2v_cli.config import Settings
    from w2v_cli.evaluation.benchmarks import Benchmark
    from w2v_cli.pipeline.runs import Run
    from w2v_cli.training.run.run_folder import RunFolder

__all__ = ["Training"]


@dataclass(frozen=True)
class Training:
    """Trains runs while somebody watches; each method is True if a signal stopped the run."""

    watcher: Watcher
    signals: StopSignals
    benchmarks: "Sequence[Benchmark]"  # on which the vectors are scored after each epoch

    def start(self, out: Path, settings: "Settings", *, force: bool) -> bool:
        """Train a new run."""
        from w2v_cli.config import to_yaml
        from w2v_cli.training.run.run_folder import RunFolder

        folder = RunFolder(out)
        folder.create(force=force)
        with folder.locked():
            folder.create(force=force)  # again, now that nobody else can change it
            # Whatever happens from here on, --resume knows what was wanted. A run that there
            # is already stays until the corpus has been read.
            begun = not folder.is_run()
            if begun:
                folder.begin(to_yaml(settings))
            try:
                return self._train(settings, folder, resume=begun)
            finally:
                folder.abandon()

    def resume(self, out: Path, settings: "Settings", extend_epochs: int | None) -> bool:
        """Go on with a run, for more epochs if so many are given."""
        from w2v_cli.pipeline.runs import check_resumable, extended
        from w2v_cli.training.run.run_folder import RunFolder

        folder = RunFolder(out)
        with folder.locked():
            check_resumable(folder, settings)
            if extend_epochs is not None:
                settings = extended(folder, settings, extend_epochs)
            elif folder.is_finished():
                self.watcher.note(f"{out} is finished; there is nothing left to do")
                show_result(folder, self.watcher)
                return False
            return self._train(settings, folder, resume=True)

    def _train(self, settings: "Settings", folder: "RunFolder", *, resume: bool) -> bool:
        """Read the corpus, train, and write the vectors."""
        from w2v_cli.pipeline.runs import new_run, read_corpus

        watcher = self.watcher
        began = time.perf_counter()
        watcher.note(f"corpus      {describe_corpus(settings)}")
        corpus = read_corpus(settings, watcher.reading())
        watcher.close()
        read_seconds = time.perf_counter() - began
        run = new_run(settings, corpus, folder, resume=resume, benchmarks=self.benchmarks)
        describe_run(run, watcher)
        self.signals.on_stop = run.session.request_stop
        self._watch(run, time.perf_counter() - began)
        if not run.session.finished:
            steps = run.session.position.steps_done
            show_resumption(f"stopped after step {steps:,}; go on with", folder, watcher)
            watcher.event("stopped", run=str(folder.path))
            return True
        self.signals.on_stop = None
        total_seconds = time.perf_counter() - began
        run.finish({"read_seconds": read_seconds, "total_seconds": total_seconds})
        show_result(folder, watcher)
        return False

    def _watch(self, run: "Run", seconds_used: float) -> None:
        """Train to the end, or until a signal."""
        from w2v_cli.training.run.guard import Diverged

        try:
            for progress in run.train(seconds_used):
                self.watcher.training(progress)
        except Diverged:
            raise
        except W2VError:
            self.watcher.close()
            why = "stopped by an error; when it is mended, go on from what was saved with"
            show_resumption(why, run.folder, self.watcher)
            raise
        self.watcher.close()
