"""Every setting of a run, and what computed it."""

from w2v_cli.config.display import shown
from w2v_cli.pages.elements import Fact, fact_list, grid, paragraph, section
from w2v_cli.reporting.runs import RunFacts

__all__ = ["settings_list"]

HASH_CHARACTERS = 12  # enough to tell two runs apart


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
