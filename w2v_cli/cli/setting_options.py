"""The options of `w2v train` that give a setting, made of what its field says."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from w2v_cli.config.fields import Place, Setting, Span
from w2v_cli.config.registry import SETTINGS
from w2v_cli.config.suggestions import option_for
from w2v_cli.errors import ConfigError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = ["SettingsCommand", "given_settings", "setting_option", "setting_options"]

_GIVEN = f"{__name__}.given"  # in the context: values by key path
_METAVARS: dict[object, str] = {
    int: "N",
    float: "NUMBER",
    str: "TEXT",
    Span: "TIME",
    Place: "PATH",
    tuple[str, ...]: "PATH",
}

_KEY = re.compile(r"\b[a-z]+(\.[a-z_]+)+")  # a setting, in the help of another

F = TypeVar("F")


class _SettingValue(click.types.StringParamType):
    """Any text; all settings are checked together later."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self.name = f"[{'|'.join(setting.choices)}]" if setting.choices else _METAVARS[setting.kind]

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> "list[CompletionItem]":
        """The choices, or files where the value is a path."""
        from click.shell_completion import CompletionItem

        if self._setting.kind in (tuple[str, ...], Place):
            return [CompletionItem(incomplete, type="file")]
        choices = (each for each in self._setting.choices if each.startswith(incomplete))
        return [CompletionItem(choice) for choice in choices]


def setting_options(command: F) -> F:
    """Give a command an option for each setting that has a flag; see `given_settings`."""
    for setting in reversed(SETTINGS.values()):
        if setting.flag is not None:
            command = _option(setting)(command)
    return command


def setting_option(key: str) -> Callable[[F], F]:
    """Give a command the option of one setting, which has a flag; see `given_settings`."""
    decorator: Callable[[F], F] = _option(SETTINGS[key])
    return decorator


def given_settings(ctx: click.Context) -> dict[str, object]:
    """The values of the options that were given, by the key path of their setting."""
    given: dict[str, object] = ctx.meta.get(_GIVEN, {})
    return given


def _option(setting: Setting) -> Any:
    """The decorator that adds the option of a setting."""

    def keep(ctx: click.Context, param: click.Parameter, value: object) -> None:
        if value is not None and value != ():
            ctx.meta.setdefault(_GIVEN, {})[setting.key] = _value(setting, value)

    flag, name = str(setting.flag), setting.key.replace(".", "_")
    common: dict[str, Any] = {"expose_value": False, "callback": keep, "help": _help(setting)}
    if setting.kind is bool:
        return click.option(f"{flag}/{flag.replace('--', '--no-')}", name, default=None, **common)
    kind = _SettingValue(setting)
    multiple = setting.kind == tuple[str, ...]
    return click.option(flag, name, type=kind, metavar=kind.name, multiple=multiple, **common)


def _value(setting: Setting, given: Any) -> object:
    """Text as it is, and a number or null as a configuration file would have it."""
    if setting.kind not in (int, float):
        return given
    from w2v_cli.config.documents import parse

    try:
        return parse(given)
    except ConfigError:
        return given


def _help(setting: Setting) -> str:
    """What the setting is and its default, in sentences without the marks of Markdown.

    Another setting that has a flag is called by that.
    """
    meaning = setting.help if setting.help[0] == "`" else setting.help[0].upper() + setting.help[1:]
    repeated = " May be repeated." if setting.kind == tuple[str, ...] else ""
    said = f"{meaning}.{repeated} Default: {setting.default_text}.".replace("`", "")
    flags = {key: other.flag for key, other in SETTINGS.items() if other.flag is not None}
    return _KEY.sub(lambda found: flags.get(found[0], found[0]), said)


class SettingsCommand(click.Command):
    """A command with options that give settings, in a list of their own.

    An option of another trainer is refused, and ours is named.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments.

        Raises:
            ConfigError: options that another trainer has, all of them.
        """
        own = {name for option in self.params for name in option.opts + option.secondary_opts}
        before = args[: args.index("--")] if "--" in args else args
        names = [arg.partition("=")[0] for arg in before if arg.startswith("-") and arg != "-"]
        foreign = {name: option_for(name) for name in names if name not in own}
        problems = [f"no option {name}; {answer}" for name, answer in foreign.items() if answer]
        if problems:
            raise ConfigError(*problems)
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, and those that give settings after the others."""
        keys = {setting.flag for setting in SETTINGS.values()}
        lists: dict[str, list[tuple[str, str]]] = {"Options": [], "Settings": []}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None and isinstance(param, click.Option):
                lists["Settings" if keys & set(param.opts) else "Options"].append(record)
        for title, records in lists.items():
            with formatter.section(title):
                formatter.write_dl(records)
