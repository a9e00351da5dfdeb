"""The table of a machine's facts, from the environment that was recorded."""

from __future__ import annotations

from tests.recompute.checking import Recomputed
from tests.recompute.journals import Json
from tests.recompute.wording import binary

_LIBRARIES = ("keras", "tensorflow", "jax", "torch", "numpy")


def describe(environment: Json, without: tuple[str, ...] = (), more: tuple[tuple[str, str], ...] = ()) -> Recomputed:
    """Return what a machine is, a row a fact."""
    facts = [row for row in _facts(environment) if row[0] not in without]
    return Recomputed([*facts, *more], {"what": lambda row: row[0], "this machine": lambda row: row[1]})


def _commit(known: Json) -> str:
    """Return the revision that was run, or why none is known: an installed wheel has none."""
    if known["git_commit"] is None:
        return f"none: {known['git_note']}"
    return str(known["git_commit"])[:12] + (" with changes" if known["git_dirty"] else "")


def _facts(known: Json) -> list[tuple[str, str]]:
    cores = f"{known['num_cpus_usable']} usable"
    if known["num_physical_cores"]:
        cores += f", {known['num_physical_cores']} physical"
    gpus = [f"{gpu['name']} ({binary(gpu['memory_bytes'])})" for gpu in known["gpus"]]
    versions = [(name, known["libraries"][name]) for name in _LIBRARIES if name in known["libraries"]]
    system = [known[part] for part in ("os", "kernel", "virtualization") if known[part]]
    return [
        ("processor", known["cpu_model"] or known["machine"]),
        ("cores", cores),
        ("memory", binary(known["memory_bytes"])),
        ("GPU", "; ".join(gpus) or "none"),
        ("system", ", ".join(system)),
        ("Python", known["python"]),
        *versions,
        ("commit", _commit(known)),
        ("fingerprint", known["fingerprint"]),
    ]
