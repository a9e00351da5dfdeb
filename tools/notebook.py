"""Runs the example notebook and keeps what its cells show, without Jupyter: GitHub and the site show the same.

python -m tools.notebook            train anew on this machine, which should be quiet, and write docs/notebook.ipynb
"""

from __future__ import annotations

import ast
import base64
import contextlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[1] / "docs" / "notebook.ipynb"
# The forms in which a value shows itself, by the names that Jupyter asks for.
_FORMS = {"image/png": "_repr_png_", "text/markdown": "_repr_markdown_", "text/html": "_repr_html_"}


def read_notebook(path: Path = PAGE) -> dict[str, Any]:
    """Return the notebook as JSON has it."""
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def code_cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the cells that hold code."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def run_cells(notebook: dict[str, Any], namespace: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    """Execute the cells in order in one namespace, and yield what each shows: the value of its last line."""
    for number, cell in enumerate(code_cells(notebook), start=1):
        tree = ast.parse("".join(cell["source"]))
        last = tree.body.pop()
        if not isinstance(last, ast.Expr):
            raise TypeError(f"cell {number}: expected a value in its last line, received {ast.unparse(last)}")
        exec(compile(tree, f"cell {number}", "exec"), namespace)  # noqa: S102 - our own page
        value = eval(compile(ast.Expression(last.value), f"cell {number}", "eval"), namespace)  # noqa: S307 - likewise
        yield [_show(value, number)]


def _show(value: Any, number: int) -> dict[str, Any]:
    """Return a value as a notebook keeps it."""
    data: dict[str, Any] = {"text/plain": [repr(value)]}
    metadata: dict[str, Any] = {}
    for kind, name in _FORMS.items():
        if hasattr(value, name):
            shown = getattr(value, name)()
            if isinstance(shown, tuple):
                shown, metadata[kind] = shown
            data[kind] = (
                base64.b64encode(shown).decode() if isinstance(shown, bytes) else shown.splitlines(keepends=True)
            )
    return {"output_type": "execute_result", "execution_count": number, "data": data, "metadata": metadata}


def main() -> None:
    """Run the cells in an empty folder, write the page and print its path."""
    notebook = read_notebook()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for number, outputs in enumerate(run_cells(notebook, {}), start=1):
            code_cells(notebook)[number - 1].update(outputs=outputs, execution_count=number)
    PAGE.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(PAGE)


if __name__ == "__main__":
    main()
