"""`python -m w2v_cli.pipeline.node`: trains shards for the worker that started it."""

import sys
from typing import Any

from w2v_cli.cluster.node import channel, serve
from w2v_cli.config import load_settings
from w2v_cli.data.vocabulary import known_vocabulary
from w2v_cli.pipeline.assembly import build_engine
from w2v_cli.pipeline.sharding import replica_of
from w2v_cli.pipeline.sharing import kept_corpus, run_files
from w2v_cli.pipeline.steps import plan_steps
from w2v_cli.rounds.replica import Replica
from w2v_cli.training.engine.trainer import Trainer

__all__ = ["open_replica"]


def open_replica(job: dict[str, Any]) -> Replica:
    """The replica of a run on a node, from the settings and the encoded corpus that it finds.

    Raises:
        RunError: it does not find them.
    """
    with run_files(job) as folder:
        settings = load_settings(folder.config, (), {"machine.workers": job["workers"]}).settings
        words, counts = folder.read_counts()
    corpus = kept_corpus(job, settings)
    vocabulary, word_ids = known_vocabulary(corpus, words, counts)
    plan = plan_steps(settings, corpus, vocabulary)
    engine = build_engine(settings, plan, corpus, words, word_ids)
    assert isinstance(engine.trainer, Trainer)
    return replica_of(settings, engine, engine.trainer)


def main() -> None:
    """Serve over standard input and output, which nothing else may write to."""
    with channel() as (requests, answers):
        serve(requests, answers, open_replica)


if __name__ == "__main__":
    main()
    sys.exit(0)
