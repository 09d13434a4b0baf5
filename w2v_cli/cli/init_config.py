"""`w2v init-config`: a configuration file to fill in."""

import json
from pathlib import Path

import click

from w2v_cli.cli.options import exit_statuses, force_option
from w2v_cli.cli.outputs import check_output

__all__ = ["command"]


@click.command(
    "init-config",
    short_help="Write a configuration file to fill in.",
    epilog=exit_statuses("the file cannot be written"),
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The file to write. Default: standard output.",
)
@force_option
@click.option("--json", "as_json", is_flag=True, help="Print what there is to set, as JSON.")
def command(output: Path | None, force: bool, as_json: bool) -> None:
    """Write a configuration file with every setting, its meaning, and its default.

    All are commented out, so that the file changes nothing until you take a # away.
    `w2v train CONFIG --show-config` prints the settings that CONFIG leads to.

    JSON is an array with an object for each setting: {"key": ..., "flag": ..., "default":
    ..., "allowed": ..., "help": ...}.

    \b
    Example:
      w2v init-config -o mine.yaml
      w2v train mine.yaml --corpus corpus.txt --show-config
    """
    from w2v_cli.config import skeleton
    from w2v_cli.config.registry import SETTINGS
    from w2v_cli.files import replacing

    if output is not None:
        check_output(output, force=force)
        with replacing(output, "w") as file:
            file.write(skeleton())
    if as_json:
        names = ("key", "flag", "default", "allowed", "help")
        facts = [{name: getattr(each, name) for name in names} for each in SETTINGS.values()]
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False).encode())
    elif output is None:
        click.echo(skeleton().encode(), nl=False)
