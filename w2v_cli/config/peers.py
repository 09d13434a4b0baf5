"""What other trainers call our settings: for the table in the docs, and for did-you-mean."""

from typing import NamedTuple

__all__ = ["PEERS", "Peer", "elsewhere", "ours", "spelling"]


class Peer(NamedTuple):
    """The names of one setting elsewhere, as they are written there; "" where there is none."""

    gensim: str
    word2vec_c: str
    fasttext: str


PEERS: dict[str, Peer] = {
    "corpus.paths": Peer("corpus_file", "-train", "-input"),
    "vocabulary.min_count": Peer("min_count", "-min-count", "-minCount"),
    "vocabulary.max_size": Peer("max_final_vocab", "", ""),
    "vocabulary.scan_limit": Peer("max_vocab_size", "", ""),
    "subsample.threshold": Peer("sample", "-sample", "-t"),
    "model.architecture": Peer("sg", "-cbow", ""),
    "model.dim": Peer("vector_size", "-size", "-dim"),
    "model.window": Peer("window", "-window", "-ws"),
    "model.dynamic_window": Peer("shrink_windows", "", ""),
    "model.combine": Peer("cbow_mean", "", ""),
    "objective.name": Peer("hs", "-hs", "-loss"),
    "objective.negatives": Peer("negative", "-negative", "-neg"),
    "objective.noise_exponent": Peer("ns_exponent", "", ""),
    "training.epochs": Peer("epochs", "-iter", "-epoch"),
    "training.learning_rate": Peer("alpha", "-alpha", "-lr"),
    "training.min_learning_rate": Peer("min_alpha", "", ""),
    "training.tokens_per_step": Peer("batch_words", "", ""),
    "training.init": Peer("", "", "-pretrainedVectors"),
    "training.seed": Peer("seed", "", "-seed"),
    "machine.workers": Peer("workers", "-threads", "-thread"),
}

# Names of older versions and of other programs, which people type from memory.
HABITS = {
    "intersect_word2vec_format": "training.init",
    "lockf": "training.frozen",
    "pretrained": "training.init",
    "kappa": "training.max_pair_rate",
    "max_minutes": "training.max_time",
    "step_size": "training.halve_every",
    "valid": "training.held_out",
    "batch_size": "training.tokens_per_step",
    "bucket": "model.subwords.buckets",
    "context": "model.window",
    "dims": "model.dim",
    "embedding_dim": "model.dim",
    "embedding_size": "model.dim",
    "input": "corpus.paths",
    "iter": "training.epochs",
    "iterations": "training.epochs",
    "loss": "objective.name",
    "max_n": "model.subwords.max",
    "maxn": "model.subwords.max",
    "min_n": "model.subwords.min",
    "minn": "model.subwords.min",
    "max_vocab": "vocabulary.max_size",
    "neg": "objective.negatives",
    "negative_samples": "objective.negatives",
    "min_freq": "vocabulary.min_count",
    "method": "model.architecture",
    "num_ns": "objective.negatives",
    "sentences": "corpus.paths",
    "size": "model.dim",
    "text": "corpus.paths",
    "vector_dim": "model.dim",
    "window_size": "model.window",
}

# Advice on options of other trainers that are no setting here.
ELSEWHERE = {
    "binary": "use `w2v export RUN --format word2vec-binary -o FILE`",
    "classes": "use `w2v plot RUN --groups N`",
    "debug": "progress is shown unless --quiet",
    "model": "use -o RUN",
    "output": "use -o RUN",
    "read_vocab": "the words are counted anew, or read from the cache",
    "save_vocab": "a run always leaves vocab.tsv",
    "saveoutput": "a run always leaves outside.npy",
    "verbose": "progress is shown unless --quiet",
}


def spelling(name: str) -> str:
    """A name without the accidents of case and dashes.

    >>> spelling("-minCount"), spelling("min-count"), spelling("Window")
    ('mincount', 'min_count', 'window')
    """
    return name.strip().lstrip("-").replace("-", "_").lower()


def ours(name: str) -> str | None:
    """The key path of what another trainer, in any version, calls `name`; None if nothing."""
    known = {spelling(other): key for key, peer in PEERS.items() for other in peer if other}
    return (known | HABITS).get(spelling(name))


def elsewhere(name: str) -> str | None:
    """The advice on an option of another trainer that is no setting here; None if none."""
    return ELSEWHERE.get(spelling(name))
