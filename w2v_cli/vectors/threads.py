"""Work shared among threads, where the system lets them be started."""

from collections.abc import Callable, Sequence
from typing import TypeVar

__all__ = ["map_in_threads"]

Part = TypeVar("Part")
Result = TypeVar("Result")


def map_in_threads(work: Callable[[Part], Result], parts: Sequence[Part]) -> list[Result]:
    """`work(part)` of each part, in order, with a thread for each.

    Where a limit on processes, which counts threads, allows no more, this thread does it all. Then
    `work` may run twice on a part, and must give the same.
    """
    from concurrent.futures import ThreadPoolExecutor  # slow to import; one question needs none

    try:
        with ThreadPoolExecutor(len(parts)) as pool:
            return list(pool.map(work, parts))
    except RuntimeError:
        return [work(part) for part in parts]
