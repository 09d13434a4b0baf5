"""A run from its settings to its files: what a command or a Python program calls.

`start`, `resume` and `plan` do all of it, and are imported when they are first asked for.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from w2v_cli.pipeline.planning import plan
    from w2v_cli.pipeline.starting import resume, start

__all__ = ["plan", "resume", "start"]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = "planning" if name == "plan" else "starting"
    return getattr(import_module(f"{__name__}.{module}"), name)
