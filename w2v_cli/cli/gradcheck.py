"""`w2v gradcheck`: every gradient held against central differences."""

import json
import math
from typing import TYPE_CHECKING

import click

from w2v_cli.cli.options import exit_statuses

if TYPE_CHECKING:
    from w2v_cli.checking.differences import GradientCheck

__all__ = ["command"]


@click.command(
    "gradcheck",
    short_help="Check every gradient against differences.",
    epilog=exit_statuses("a gradient is wrong"),
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array instead of a table.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Check every gradient against central differences, in float64.

    A line gives what was checked, the number of its equation in docs/maths.md, and the
    largest relative error |a - b| / max(floor, |a| + |b|) over all elements. A gradient
    that is wrong by 0.05 % fails.

    \b
    Example:
      w2v gradcheck
      w2v gradcheck --json
    """
    from w2v_cli.checking.gradcheck import run_checks

    checks = run_checks()
    click.echo(_json(checks) if as_json else _table(checks))
    if not all(check.passed for check in checks):
        ctx.exit(1)


def _json(checks: "list[GradientCheck]") -> str:
    """An array of objects; an error that is not finite, which JSON cannot say, is null."""
    objects = [
        {
            "name": check.name,
            "equation": check.equation,
            "error": check.error if math.isfinite(check.error) else None,
            "tolerance": check.tolerance,
            "passed": check.passed,
        }
        for check in checks
    ]
    return json.dumps(objects, indent=2, ensure_ascii=False)


def _table(checks: "list[GradientCheck]") -> str:
    """A line for each check, and a summary."""
    width = max(len(check.name) for check in checks)
    lines = [f"{'what':<{width}}  equation  largest relative error  verdict"]
    for check in checks:
        verdict = "pass" if check.passed else f"FAIL (allowed: {check.tolerance:.0e})"
        lines.append(f"{check.name:<{width}}  {check.equation:<8}  {check.error:>22.1e}  {verdict}")
    failed = sum(not check.passed for check in checks)
    summary = f"{failed} of {len(checks)} checks failed" if failed else f"all {len(checks)} passed"
    return "\n".join([*lines, "", summary])
