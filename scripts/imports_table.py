"""The table of which part may import which, from the test that checks it and the docstrings."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEST = ROOT / "tests" / "project" / "test_architecture.py"
PACKAGE = ROOT / "w2v_cli"
HIDDEN = {"__main__", "__init__"}


def imports_table() -> str:
    """Each part of the package, what its docstring says it holds, and what it may import."""
    lines = ["| part | holds | may import |", "|---|---|---|"]
    for part, allowed in _allowed().items():
        if part not in HIDDEN:
            name, purpose = _described(part)
            shown = ", ".join(f"`{other}`" for other in sorted(allowed)) or "nothing"
            lines.append(f"| `{name}` | {purpose} | {shown} |")
    return "\n".join(lines) + "\n"


def _allowed() -> dict[str, set[str]]:
    """The value of MAY_IMPORT in the test, each part by name; `set()` is an empty one."""
    for statement in ast.parse(TEST.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "MAY_IMPORT":
            source = ast.unparse(statement.value).replace("set()", "()")
            return {part: set(names) for part, names in ast.literal_eval(source).items()}
    raise LookupError(f"{TEST} has no MAY_IMPORT")


def _described(part: str) -> tuple[str, str]:
    """The name as a file or folder, and the first line of its docstring."""
    folder = PACKAGE / part
    file = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return f"{part}/" if folder.is_dir() else file.name, docstring.split("\n")[0].rstrip(".")
