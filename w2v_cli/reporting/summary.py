"""What a run is, for its report: first what was trained and how well, last every setting."""

from html import escape
from pathlib import Path

from w2v_cli.config.display import shown
from w2v_cli.core.choices import MODELS, OBJECTIVES
from w2v_cli.durations import duration
from w2v_cli.pages.elements import Fact, fact_list, figures, grid, paragraph, section
from w2v_cli.reporting.runs import RunFacts
from w2v_cli.run_files import Facts
from w2v_cli.systems.shell import command_line

__all__ = ["settings_list", "summary"]

HASH_CHARACTERS = 12  # enough to tell two runs apart


def summary(run: RunFacts) -> str:
    """The run's name, a sentence on what it is, where it stands, and its chief numbers."""
    state = "" if run.record is not None else f"<p><strong>{escape(_progress(run))}</strong></p>\n"
    return (
        f"<h1>{escape(str(run.folder))}</h1>\n<p>{escape(_model(run.settings))} "
        f"{escape(_corpus(run))}{escape(_start(run.start))}</p>\n{state}{figures(_figures(run))}"
    )


def _model(settings: Facts) -> str:
    """What was trained."""
    model = MODELS[settings["model.architecture"]].title
    objective = OBJECTIVES[settings["objective.name"]].title
    epochs, least, most = (
        settings[key] for key in ("training.epochs", "model.subwords.min", "model.subwords.max")
    )
    composed = ""
    if settings["model.subwords.enabled"]:
        composed = f"vectors made of n-grams of {least} to {most} characters, "
    return (
        f"{model[0].upper()}{model[1:]} with {objective}: "
        f"{settings['model.dim']:,} dimensions, a window of {settings['model.window']:,}, "
        f"{composed}{epochs:,} epoch{'s' * (epochs != 1)}."
    )


def _corpus(run: RunFacts) -> str:
    """What it was trained on; the size is known at the end."""
    paths = ", ".join(
        path if path.startswith("builtin:") else Path(path).name
        for path in run.settings["corpus.paths"]
    )
    if run.record is None:
        return f"Corpus: {paths}."
    corpus, words = run.record["corpus"], run.record["words"]
    return (
        f"Corpus: {paths}, {corpus['sentences']:,} sentences, {corpus['tokens']:,} tokens, "
        f"{words / corpus['tokens']:.1%} of them in the vocabulary."
    )


def _start(start: Facts | None) -> str:
    """What it started from, the oldest run first; "" for random vectors."""
    if start is None:
        return ""
    before = [Path(entry.get("run") or entry["file"]).name for entry in start["lineage"]]
    return (
        f" Start: {start['given']:,} words with the vectors of {' → '.join(before)}, "
        f"{start['new']:,} new."
    )


def _progress(run: RunFacts) -> str:
    """How far an unfinished run has come, and how to continue."""
    done = "nothing reported yet"
    if run.newest is not None:
        done = f"epoch {run.newest['epoch']} of {run.settings['training.epochs']}"
    command = command_line(["w2v", "train", "--resume", "--out", str(run.folder)])
    return f"Unfinished, {done}. To continue: {command}"


def _figures(run: RunFacts) -> list[tuple[str, str, str]]:
    """The numbers that matter most."""
    found = _finished(run.record) if run.record is not None else _unfinished(run.newest)
    return found + _nodes(run.newest)


def _nodes(newest: Facts | None) -> list[tuple[str, str, str]]:
    """The nodes of the last round; nothing if there were no rounds, or one process."""
    facts = {} if newest is None else newest.get("cluster") or {}
    if facts.get("nodes", 0) + facts.get("joined", 0) + facts.get("lost", 0) < 2:
        return []
    changes = f"{facts['joined']:.0f} joined, {facts['lost']:.0f} lost"
    return [
        ("Nodes", f"{facts['nodes']:.0f}", changes),
        ("Exchange", f"{facts['exchanging']:.0%}", f"of the last of {facts['rounds']:.0f} rounds"),
    ]


def _finished(record: Facts) -> list[tuple[str, str, str]]:
    seconds = record["timings"]["train_seconds"]
    found = [_loss(record["epoch_losses"][-1], record["baseline"])]
    if record.get("best_epoch") is not None:
        best = record["best_epoch"]
        loss = record["held_out_losses"][best - 1]
        found.append(("Held-out loss", f"{loss:.3f}", f"of epoch {best}; these are its vectors"))
    workers = record["workers"]
    return [
        *found,
        ("Vocabulary", f"{record['vocabulary']:,}", "words"),
        (
            "Speed",
            f"{record['words_per_second']:,.0f}",
            f"words/s, {workers} worker{'s' * (workers > 1)}",
        ),
        ("Training", duration(seconds), f"{record['steps']:,} steps"),
    ]


def _unfinished(newest: Facts | None) -> list[tuple[str, str, str]]:
    if newest is None:
        return []
    return [
        _loss(newest["loss"], newest["baseline"]),
        ("Speed", f"{newest['words_per_second']:,.0f}", "words/s"),
        ("Trained", f"{newest['words']:,}", "words"),
        ("Steps", f"{newest['step']:,}", f"{duration(newest['seconds_left'])} left"),
    ]


def _loss(loss: float | None, baseline: float) -> tuple[str, str, str]:
    value = "unknown" if loss is None else f"{loss:.3f}"
    return "Loss", value, f"nats a pair, untrained {baseline:.3f}"


def settings_list(run: RunFacts) -> str:
    """The settings by section, those that are not the defaults standing out."""
    sections: dict[str, list[Fact]] = {}
    for path, value in run.settings.items():
        name, _, setting = path.partition(".")
        sections.setdefault(name, []).append(Fact(setting, shown(value), path in run.changed))
    lists = [fact_list(name, facts) for name, facts in sections.items()]
    note = paragraph("Settings that are not the defaults stand out.", muted=True)
    return section("Settings", grid(*lists, *_made_with(run), kind="lists"), note)


def _made_with(run: RunFacts) -> list[str]:
    """Versions and hashes, which are known at the end."""
    if run.record is None:
        return []
    versions = [Fact(name, shown(value)) for name, value in run.record["versions"].items()]
    hashes = [
        Fact(name, str(value)[:HASH_CHARACTERS]) for name, value in run.record["hashes"].items()
    ]
    return [fact_list("versions", versions), fact_list("hashes, shortened", hashes)]
