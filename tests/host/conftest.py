"""Machines recorded as text: each file of fixtures/ holds what /proc and /sys said there, one `== path` a section."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from bench.host.capture import capture_environment
from bench.host.environment import Environment
from bench.host.probe import Probe

FIXTURES = Path(__file__).parent / "fixtures"
MachineFactory = Callable[..., Probe]


@pytest.fixture
def machine(tmp_path_factory: pytest.TempPathFactory) -> MachineFactory:
    """Return what unpacks a recorded machine and gives its probe; None is a machine without any file."""

    def build(
        name: str | None,
        *,
        affinity: int | None = None,
        system: str = "Linux",
        architecture: str = "x86_64",
        run: Callable[[Sequence[str]], str | None] = lambda _: None,
        **environ: str,
    ) -> Probe:
        root = tmp_path_factory.mktemp(name or "empty")
        for section in (FIXTURES / f"{name}.txt").read_text().split("\n== ")[1:] if name else ():
            path, _, text = section.partition("\n")
            target = root / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text + "\n")
        return Probe(
            root=root,
            system=system,
            machine=architecture,
            environ={"KERAS_HOME": str(root / "keras"), **environ},
            affinity=lambda: None if affinity is None else frozenset(range(affinity)),
            run=run,
            niceness=lambda: 0,
        )

    return build


@pytest.fixture
def environment(machine: MachineFactory) -> Environment:
    """Return the environment of the recorded virtual machine, with library versions that no test machine changes."""
    captured = capture_environment(machine("firecracker_epyc", affinity=2))
    return captured.model_copy(
        update={
            "python": "3.11.7",
            "libraries": {"tensorflow": "2.21.0", "keras": "3.15.1", "numpy": "2.4.6"},
            "gpus": (),
        }
    )
