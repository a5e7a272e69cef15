"""Fails when a file of the product is over 400 lines or a function over 50."""

import ast
import sys
from pathlib import Path

LONGEST_FILE, LONGEST_FUNCTION = 400, 50


def over_budget(path: Path) -> list[str]:
    text = path.read_text()
    lines = text.count("\n")
    rows = [f"{path}: {lines} lines (at most {LONGEST_FILE})"] if lines > LONGEST_FILE else []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION:
                rows.append(f"{path}:{node.lineno} {node.name}: {length} lines (at most {LONGEST_FUNCTION})")
    return rows


if __name__ == "__main__":
    problems = [row for path in sorted(Path("src").rglob("*.py")) for row in over_budget(path)]
    print("\n".join(problems) or "budgets: ok")
    sys.exit(bool(problems))
