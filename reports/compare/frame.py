"""Two runs beside each other as a table of values, for a notebook."""

from __future__ import annotations

import pandas as pd

from bench.compare.two_runs_types import CaseChange, MeasureChange, RunChange

COLUMNS = ("case_id", "case", "measure", "target", "kind", "a", "b", "num_a", "num_b", "effect", "low", "high",
           "p_value", "verdict")  # fmt: skip


def comparison_frame(comparison: RunChange) -> pd.DataFrame:
    """Return one row a case and measure; `low` and `high` bound the 95 % interval of `effect`."""
    rows = [_row(case, row) for case in comparison.cases for row in case.rows]
    return pd.DataFrame.from_records(rows, columns=list(COLUMNS))


def _row(case: CaseChange, row: MeasureChange) -> tuple[object, ...]:
    effect = row.effect
    bounds = (effect.value, effect.low, effect.high) if effect else (None, None, None)
    return (
        case.case_id, case.label, row.measure, row.target, row.kind, row.a, row.b, row.num_a, row.num_b, *bounds,
        row.p_value, str(row.verdict),
    )  # fmt: skip
