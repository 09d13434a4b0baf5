"""`python -m w2v_cli.pipeline.node`: trains shards for the worker that started it."""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from w2v_cli.cluster.node import serve
from w2v_cli.config import load_settings
from w2v_cli.data.encoded import open_encoded
from w2v_cli.data.vocabulary import known_vocabulary
from w2v_cli.errors import RunError
from w2v_cli.pipeline.assembly import build_engine, plan_steps
from w2v_cli.pipeline.sharding import replica_of
from w2v_cli.rounds.replica import Replica
from w2v_cli.training.engine.trainer import Trainer
from w2v_cli.training.run.run_folder import RunFolder

__all__ = ["open_replica"]


def open_replica(job: dict[str, Any]) -> Replica:
    """The engine of a run whose folder and encoded corpus this machine sees, too.

    Raises:
        RunError: it does not see them.
    """
    folder, corpus = RunFolder(Path(job["run"])), open_encoded(Path(job["corpus"]))
    if corpus is None:
        raise RunError(
            f"{os.uname().nodename}: {job['corpus']}: no encoded corpus here; let machine.cache be "
            "a folder that all nodes see under the same name"
        )
    settings = load_settings(folder.config, (), {"machine.workers": job["workers"]}).settings
    words, counts = folder.read_counts()
    vocabulary, word_ids = known_vocabulary(corpus, words, counts)
    plan = plan_steps(settings, corpus, vocabulary)
    engine = build_engine(settings, plan, corpus, words, word_ids)
    assert isinstance(engine.trainer, Trainer)
    return replica_of(settings, engine, engine.trainer)


def main() -> None:
    """Serve over standard input and output, which nothing else may write to."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with suppress(BrokenPipeError), requests, answers:  # the worker may be gone by now
        serve(requests, answers, open_replica)


if __name__ == "__main__":
    main()
    sys.exit(0)
