import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from w2v_cli.checking import function_checks, gradcheck, reference_checks
from w2v_cli.checking.differences import GradientCheck
from w2v_cli.cli import w2v

ROOT = Path(__file__).parents[2]
MATHS = (*function_checks.CHECKS, *reference_checks.CHECKS)


@pytest.fixture(scope="module")
def verdicts():
    return gradcheck.run_checks()


def test_every_gradient_passes(verdicts):
    assert [verdict for verdict in verdicts if not verdict.passed] == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 9))
def test_verdict_does_not_hang_on_the_seed(seed):
    assert [verdict for verdict in gradcheck.run_checks(seed, MATHS) if not verdict.passed] == []


@pytest.mark.slow
def test_same_seed_gives_the_same_errors():
    assert gradcheck.run_checks(3, MATHS) == gradcheck.run_checks(3, MATHS)
    assert gradcheck.run_checks(3, MATHS) != gradcheck.run_checks(4, MATHS)


@pytest.mark.slow
def test_one_more_check_at_the_end_does_not_change_those_before():
    few = gradcheck.run_checks(0, MATHS[:3])
    assert gradcheck.run_checks(0, MATHS)[: len(few)] == few


def test_no_two_checks_have_the_same_name(verdicts):
    names = [verdict.name for verdict in verdicts]
    assert len(set(names)) == len(names)


def numbered_equations():
    text = (ROOT / "docs" / "maths.md").read_text(encoding="utf-8")
    return [int(number) for number in re.findall(r"\\tag\{(\d+)\}", text)]


def test_equations_are_numbered_from_one_without_a_gap():
    numbers = numbered_equations()
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_equation_the_checks_cite_exists(verdicts):
    cited = {verdict.equation for verdict in verdicts}
    assert cited <= {f"({number})" for number in numbered_equations()}


@pytest.mark.slow
def test_command_prints_every_check_and_a_summary(verdicts):
    result = CliRunner().invoke(w2v, ["gradcheck"])
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["what", "equation", "largest", "relative", "error", "verdict"]
    for verdict, line in zip(verdicts, lines[1:], strict=False):
        assert line.startswith(f"{verdict.name} ")
        assert line.endswith(" pass")
    assert lines[-1] == f"all {len(verdicts)} passed"


@pytest.mark.slow
def test_command_writes_json_that_says_the_same(verdicts):
    result = CliRunner().invoke(w2v, ["gradcheck", "--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout) == [
        {
            "name": verdict.name,
            "equation": verdict.equation,
            "error": verdict.error,
            "tolerance": verdict.tolerance,
            "passed": True,
        }
        for verdict in verdicts
    ]


def fake_checks(monkeypatch):
    verdicts = [
        GradientCheck("right", "(1)", 1e-9, 1e-6),
        GradientCheck("wrong", "(2)", 2.5e-4, 1e-6),
        GradientCheck("broken", "(3)", float("nan"), 1e-6),
    ]
    monkeypatch.setattr(gradcheck, "run_checks", lambda: verdicts)


def test_command_prints_everything_and_exits_1_when_a_check_fails(monkeypatch):
    fake_checks(monkeypatch)
    result = CliRunner().invoke(w2v, ["gradcheck"])
    assert result.exit_code == 1
    assert result.stdout == (
        "what    equation  largest relative error  verdict\n"
        "right   (1)                      1.0e-09  pass\n"
        "wrong   (2)                      2.5e-04  FAIL (allowed: 1e-06)\n"
        "broken  (3)                          nan  FAIL (allowed: 1e-06)\n"
        "\n"
        "2 of 3 checks failed\n"
    )


def test_json_of_a_failure_is_valid_and_exits_1(monkeypatch):
    fake_checks(monkeypatch)
    result = CliRunner().invoke(w2v, ["gradcheck", "--json"])
    assert result.exit_code == 1
    found = json.loads(result.stdout, parse_constant=pytest.fail)
    assert [entry["passed"] for entry in found] == [True, False, False]
    assert [entry["error"] for entry in found] == [1e-9, 2.5e-4, None]


def test_help_shows_an_example_and_costs_no_numpy():
    code = (
        "import sys; from click.testing import CliRunner; from w2v_cli.cli import w2v;"
        "print(CliRunner().invoke(w2v, ['gradcheck', '--help']).output, 'numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Example:\n    w2v gradcheck\n" in done.stdout
    assert done.stdout.endswith(" False\n")
