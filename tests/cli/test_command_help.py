"""`--help` of every command: complete, and with examples that its parser accepts."""

import shlex

import click
import pytest
from click.testing import CliRunner

from w2v_cli.cli import COMMANDS, w2v

NO_VECTORS = {"train", "gradcheck", "init-config", "phrases"}


def help_of(name):
    result = CliRunner().invoke(w2v, [name, "--help"])
    assert result.exit_code == 0
    return result.stdout


def examples_of(text):
    """The command lines below `Example:`, without what is piped into them."""
    _, _, rest = text.partition("Example:\n")
    lines = [line.strip() for line in rest.partition("\n\n")[0].splitlines()]
    return [line.rpartition("| ")[2] for line in lines]


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_examples_and_every_exit_status(name):
    text = help_of(name)
    assert examples_of(text)
    _, _, statuses = text.partition("Exit status:\n")
    numbers = [line.split()[0] for line in statuses.splitlines()]
    assert numbers == ["0", "1", "2", "130"]
    assert max(map(len, text.splitlines())) <= 90


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_does_and_what_its_value_stands_for(name):
    command = w2v.get_command(click.Context(w2v), name)
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, option.name
    assert "INTEGER" not in help_of(name)
    assert "FLOAT" not in help_of(name)


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - NO_VECTORS))
def test_every_command_that_reads_vectors_lets_one_choose_which(name):
    options = {
        name for param in w2v.get_command(click.Context(w2v), name).params for name in param.opts
    }
    assert {"--vectors", "--json", "-o", "--output"} <= options


@pytest.mark.parametrize("name", COMMANDS)
def test_the_parser_accepts_every_example(name):
    for line in examples_of(help_of(name)):
        program, used, *arguments = shlex.split(line)
        assert program == "w2v"
        command = w2v.get_command(click.Context(w2v), used)
        command.make_context(used, arguments)  # a usage error if it does not


@pytest.mark.parametrize(
    ("typed", "instead"),
    [
        ("trian", "did you mean 'train'?"),
        ("odd_one_out", "did you mean 'odd-one-out'?"),
        ("fly", "w2v --help lists them"),
    ],
)
def test_instead_of_an_unknown_command_the_nearest_is_named(typed, instead):
    result = CliRunner().invoke(w2v, [typed])
    assert result.exit_code == 2
    assert result.stderr.endswith(f"Error: no command '{typed}' ({instead})\n")
