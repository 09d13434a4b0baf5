"""Who may import whom, and other rules of the layout that a reader relies on."""

import ast
import functools
import subprocess
import sys
from pathlib import Path

import pytest

import w2v_cli

PACKAGE = Path(w2v_cli.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
MAY_IMPORT = {
    "errors": set(),
    "compression": set(),
    "file_kinds": set(),
    "durations": set(),
    "arguments": {"errors"},
    "systems": set(),
    "resources": {"files", "systems"},
    "extras": {"errors", "systems"},
    "standard_input": {"errors"},
    "files": {"errors", "systems"},
    "remote": {"errors", "extras", "files"},
    "folders": {"errors", "files", "remote"},
    "run_files": {"errors"},
    "config": {"core", "durations", "errors"},
    "core": set(),
    "checking": {"core"},
    "data": {
        "compression",
        "core",
        "errors",
        "file_kinds",
        "files",
        "remote",
        "resources",
        "run_files",
        "standard_input",
        "systems",
    },
    "training": {"core", "errors", "files", "run_files", "systems"},
    "rounds": {"core", "training"},
    "cluster": {"errors", "extras", "files", "folders", "rounds", "systems", "training"},
    "vectors": {
        "arguments",
        "compression",
        "core",
        "errors",
        "extras",
        "file_kinds",
        "files",
        "resources",
        "run_files",
        "standard_input",
        "systems",
    },
    "evaluation": {"arguments", "core", "errors", "vectors"},
    "pages": {"extras"},
    "maps": {"core", "errors", "extras", "files", "pages", "vectors"},
    "reporting": {
        "config",
        "core",
        "data",
        "durations",
        "errors",
        "evaluation",
        "extras",
        "maps",
        "pages",
        "run_files",
        "systems",
        "vectors",
    },
    "pipeline": {
        "cluster",
        "config",
        "core",
        "data",
        "durations",
        "errors",
        "evaluation",
        "files",
        "folders",
        "resources",
        "rounds",
        "run_files",
        "systems",
        "training",
        "vectors",
    },
    "cli": {
        "checking",
        "config",
        "core",
        "data",
        "durations",
        "errors",
        "evaluation",
        "extras",
        "files",
        "maps",
        "pages",
        "pipeline",
        "reporting",
        "run_files",
        "standard_input",
        "systems",
        "training",
        "vectors",
    },
    "programs": {
        "arguments",
        "config",
        "data",
        "errors",
        "pipeline",
        "run_files",
        "training",
        "vectors",
    },
    "__main__": {"cli"},
    "__init__": {"config", "programs", "errors", "evaluation", "training", "vectors"},
}


def part_of(path):
    """The package or top-level module that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def dotted(node):
    """`a.b.c` of an expression that is nothing but names, and "" of any other."""
    if isinstance(node, ast.Attribute) and (owner := dotted(node.value)):
        return f"{owner}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


@functools.cache
def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(tree):
    """Names of all modules imported anywhere in a tree."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.slow
@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_the_right_way(path):
    part = part_of(path)
    allowed = MAY_IMPORT[part] | {part}
    tree = tree_of(path)
    ours = {name.split(".")[1] for name in imports(tree) if name.startswith("w2v_cli.")}
    assert ours - {"__version__"} <= allowed
    others = {name.split(".")[0] for name in imports(tree)}
    if part != "cli":
        assert not others & {"click", "tqdm"}
    if part == "core":
        assert others <= {
            "numpy",
            "w2v_cli",
            "abc",
            "dataclasses",
            "collections",
            "typing",
            "functools",
            "itertools",
            "math",
        }


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_command_line_prints_and_nobody_uses_global_randomness(path):
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"print", "eval", "exec"}
        if isinstance(node, ast.Attribute) and dotted(node.value) == "np.random":
            assert node.attr in {"Generator", "default_rng"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_one_part_asks_which_system_it_runs_on(path):
    if part_of(path) == "systems":
        return
    tree = tree_of(path)
    assert not {*imports(tree)} & {"fcntl", "grp", "msvcrt", "pty", "pwd", "resource", "termios"}
    used = {dotted(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not used & {"sys.platform", "os.name", "platform.system", "signal.SIGHUP", "os.fork"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and dotted(node.func) == "hasattr":
            assert dotted(node.args[0]) not in {"mmap", "os", "signal"}


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["nearest", "--help"]])
def test_help_does_not_wait_for_numpy(arguments):
    code = (
        f"import sys; from w2v_cli.cli import w2v\ntry: w2v({arguments})\nexcept SystemExit: pass\n"
    )
    check = "print(sorted({'numpy', 'yaml', 'tqdm'} & set(sys.modules)), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", code + check], capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == "[]"
    assert "Example:" in done.stdout
