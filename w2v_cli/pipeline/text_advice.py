"""What `w2v train` says of a corpus before it trains, in sentences: the one place of its words."""

from collections.abc import Iterable, Iterator

from w2v_cli.data.corpus import OtherFile

__all__ = ["other_files"]

_NAMED = 3  # kinds of files


def other_files(others: Iterable[OtherFile]) -> Iterator[str]:
    """A sentence for what was left out of the corpus, and one for markup that was not."""
    others = list(others)
    left_out = [other for other in others if not other.is_read]
    markup = [other for other in others if other.is_read]
    if left_out:
        yield f"left out of the corpus: {_by_kind(left_out)}"
    if markup:
        yield (
            f"the corpus has {_by_kind(markup)}: tags become words; "
            "better take the text out of it first"
        )


def _by_kind(others: list[OtherFile]) -> str:
    """Each kind with the first file of it and the number of the others."""
    names: dict[str, list[str]] = {}
    for other in others:
        names.setdefault(other.kind.name, []).append(other.name)
    told = [
        f"{kind} ({first}{f' and {len(more):,} more' * bool(more)})"
        for kind, (first, *more) in names.items()
    ]
    return ", ".join(told[:_NAMED] + [f"{len(told) - _NAMED} other kinds"] * (len(told) > _NAMED))
