"""Every published page with tables, and what recomputes each of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from tests.recompute.checking import Cell, Recomputed, compare, make_cells
from tests.recompute.journals import Json, Run, read_run
from tests.recompute.markdown import Table, read_tables
from tests.recompute.tables import claims_tables, gate_tables, hardware_tables, results_tables, run_tables

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "reports" / "published"
_CLAIMS = ROOT / "bench" / "claims" / "sets"
_RESULTS = "results.md"

Recompute = Callable[[Table], Recomputed]
_read_run = cache(read_run)


def list_pages() -> list[Path]:
    """Return the published pages that have a table, and the page of results."""
    return [page for page in (*sorted(PUBLISHED.glob("*/*.md")), ROOT / "docs" / _RESULTS) if read_tables(page)]


def check_page(page: Path, copy: Path | None = None) -> Iterator[Cell]:
    """Yield every cell of a page's tables beside its recomputed value; with `copy`, that of this copy of the page."""
    for table, expected in zip(read_tables(copy or page), _recompute_page(page), strict=True):
        yield from compare(page, table, expected)


@cache
def _recompute_page(page: Path) -> list[list[list[str | None]]]:
    """Return what the cells of each of a page's tables should hold."""
    recompute = _RESULTS_TABLES if page.name == _RESULTS else _find_recompute(page)
    found = []
    for table in read_tables(page):
        wanted = recompute[table.header[0]](table) if isinstance(recompute, dict) else recompute(table)
        found.append(make_cells(page, table, wanted))
    return found


def _find_recompute(page: Path) -> Recompute:
    """Return what recomputes a table of a published folder's page."""
    folder = page.parent
    if folder.name.startswith("gate-"):
        proof = gate_tables.read_proof(folder)
        return lambda table: gate_tables.recompute(proof, table)
    run = _read_run(folder)
    if page.name.startswith("claims"):
        claims, judging = _read_claims(_claims_of(page)), _judging(page)
        return lambda table: claims_tables.recompute(claims, judging, table)
    module = {"report.md": run_tables, "hardware.md": hardware_tables}[page.name]
    return lambda table: module.recompute(run, table)


def _runs() -> list[Run]:
    return [_read_run(path.parent) for path in sorted(PUBLISHED.glob("*/run.json"))]


def _of_suite(suite: str) -> list[Run]:
    return [run for run in _runs() if run.record["suite"]["name"] == suite]


def _latest(suite: str) -> Run:
    return _of_suite(suite)[-1]


def _precision_of(networks: set[str]) -> Run:
    """Return the run of both precisions of just these networks."""
    return next(run for run in _of_suite("precision") if networks == {case["model"] for case in run.cases})


def _claims_of(page: Path) -> str:
    """Return the name of the claims that a page judges, as its title has it."""
    title = re.match(r"# Do the claims hold\? ([a-z0-9._-]+)\n", page.read_text(encoding="utf-8").replace("\\", ""))
    if title is None:
        raise ValueError(f"{page}: expected a title that names the claims")
    return title[1]


def _read_claims(name: str) -> Json:
    """Return the claims of this name.

    Raises:
        ValueError: for another name inside the file.
    """
    claims = claims_tables.read_claims(_CLAIMS / f"{name}.toml")
    if claims["name"] != name:
        raise ValueError(f"expected the claims {name}, received {claims['name']}")
    return claims


def _judging(page: Path) -> list[Run]:
    """Return the runs by whose journals a page of claims says that it judges."""
    named = re.search(r"^Judged by the journals of (.+)\.$", page.read_text(encoding="utf-8"), re.MULTILINE)
    if named is None:
        raise ValueError(f"{page}: expected a line 'Judged by the journals of …'")
    return [_read_run(PUBLISHED / name.replace("\\", "")) for name in named[1].split(", ")]


# The generated tables of results by their first heading.
_RESULTS_TABLES: dict[str, Recompute] = {
    "measure": lambda table: results_tables.showcase(_latest("claims"), table),
    "the claim": lambda table: results_tables.claims(
        _read_claims("tutorial"), [_latest("claims"), _latest("discrepancy")], table
    ),
    "data set": lambda table: claims_tables.recompute(_read_claims("sequences"), _of_suite("sequences"), table),
    "ratio": lambda table: results_tables.peers(_latest("peers"), table),
    "network": lambda table: results_tables.precision(_precision_of({row[0] for row in table.rows}), table),
    "training examples/s as fit costs": lambda table: results_tables.hardware(_latest("hardware"), table),
}
