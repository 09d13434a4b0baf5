"""What other trainers call our settings: for the table in the docs, and for did-you-mean."""

from typing import NamedTuple

__all__ = ["PEERS", "Peer", "ours"]


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
    "training.seed": Peer("seed", "", "-seed"),
    "machine.workers": Peer("workers", "-threads", "-thread"),
}

# Names of older versions and of other programs, which people type from memory.
HABITS = {
    "kappa": "training.max_pair_rate",
    "step_size": "training.halve_every",
    "valid": "training.held_out",
    "batch_size": "training.tokens_per_step",
    "context": "model.window",
    "dims": "model.dim",
    "embedding_dim": "model.dim",
    "embedding_size": "model.dim",
    "input": "corpus.paths",
    "iterations": "training.epochs",
    "loss": "objective.name",
    "max_vocab": "vocabulary.max_size",
    "min_freq": "vocabulary.min_count",
    "method": "model.architecture",
    "num_ns": "objective.negatives",
    "sentences": "corpus.paths",
    "vector_dim": "model.dim",
    "window_size": "model.window",
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
