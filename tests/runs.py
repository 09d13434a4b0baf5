"""Small runs, opened and trained in the process of the test."""

from w2v_cli.config import load_settings
from w2v_cli.pipeline.reading import read_corpus
from w2v_cli.pipeline.results import finish
from w2v_cli.pipeline.starting import open_run as opened
from w2v_cli.training.run.run_folder import RunFolder

SMALL = (
    "vocabulary.min_count=1",
    "subsample.threshold=0.1",
    "model.dim=4",
    "model.window=2",
    "training.epochs=2",
    "training.tokens_per_step=128",
)


def settings_for(corpus, *overrides, workers=1):
    """The settings of a small run on the corpus; a test overrides some of them."""
    paths = {} if corpus is None else {"corpus.paths": (str(corpus),)}
    flags = paths | {"machine.workers": workers}
    return load_settings(None, [*SMALL, *overrides], flags).settings


def open_run(settings, path, *, resume=False):
    """A run about to be trained."""
    folder = RunFolder(path)
    if not resume:
        folder.create(force=False)
    return opened(settings, read_corpus(settings), folder, resume=resume)


def train(run, *, used=0.0, stop_after=None):
    """The progress of every step, to the end of the run or to the step `stop_after`."""
    seen = []
    run.began -= used
    for progress in run.train():
        seen.append(progress)
        if progress.step == stop_after:
            run.request_stop()
    return seen


def vectors(run):
    """The bytes of the vectors that the run leaves."""
    finish(run)
    return run.folder.vectors.read_bytes() + run.folder.outside.read_bytes()
