"""Journals and runs as values and on disk, for every test that needs some; nothing is trained."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import settings
from threadpoolctl import threadpool_limits

from bench.cli import main
from bench.data.dataset import DataInfo, RawArrays
from bench.data.formats.npz import read_npz
from bench.data.sets import mnist
from bench.hardware.machines import MeasuredRun
from bench.host.ceilings.ceilings import Ceiling, Ceilings
from bench.host.environment import Environment
from bench.host.fingerprint import fingerprint
from bench.host.sensors.canary import Canary
from bench.host.sensors.noise import Noise
from bench.networks.flops import LayerSheet
from bench.networks.proof.execution import LayerPath
from bench.networks.pytorch.loading import load_torch
from bench.plan.case import Case, Trial
from bench.plan.expand import NotRun
from bench.store.journal import JournalWriter
from bench.store.records import (
    BuiltEvent,
    EndEvent,
    EpochEvent,
    EpochTurns,
    InTurns,
    Journal,
    Resolved,
    ResolvedSuite,
    RunRecord,
    StartEvent,
    Status,
    StepQuantiles,
    TrialError,
)
from bench.store.run_folder import TRIALS_FOLDER, journal_path, write_record
from tests.draws import IS_FULL
from tests.ready_program import ReadyProgram

MakeCase = Callable[..., Case]
MakeJournal = Callable[..., Journal]
TakeTurns = Callable[..., tuple[Journal, ...]]
MakeRun = Callable[..., RunRecord]
MakeSource = Callable[..., MeasuredRun]
MakeValid = Callable[..., tuple[RunRecord, list[Journal]]]
WriteRun = Callable[..., Path]

# What is expected holds on any machine: without its GPU, its user's keras.json and its user's git. Processes that a
# test starts inherit this. It stands here, and not in a hook, so that it comes before any other conftest's imports.
GIVEN_GPUS = os.environ.get("CUDA_VISIBLE_DEVICES")
_KERAS_HOME = tempfile.TemporaryDirectory(prefix="rnn-or-cnn-keras-")
os.environ.update(CUDA_VISIBLE_DEVICES="-1", KERAS_HOME=_KERAS_HOME.name, GIT_CONFIG_GLOBAL=os.devnull)

# A shell's background job ignores SIGINT, and one under nohup SIGHUP. What is ignored stays so in the processes that a
# test starts, and then they wait for ever for the signal that a test sends; what is handled, if by nothing, does not.
for _number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, lambda *_: None)

# Every core has a process of tests already: products of matrices on two threads would only wait for each other.
threadpool_limits(limits=1, user_api="blas")

# An example may take as long as a busy machine makes it; all else stays as Hypothesis has it, on CI or here.
settings.register_profile("any machine", deadline=None, max_examples=100 if IS_FULL else 40)
settings.load_profile("any machine")

RUN_ID = "20261122T081500Z-tutorial-3f2a"
NOW = datetime(2026, 11, 22, 8, 15, tzinfo=UTC)
MNIST_SHA256 = "5c253c44a8ba46c4fab0a6f1805a91fdf660e732190251bec4b54f0131afc5bb"


def pytest_xdist_auto_num_workers() -> int:
    """Use one process more than there are cores: tests wait for processes, signals and browsers."""
    return (psutil.cpu_count() or 1) + 1


def pytest_unconfigure() -> None:
    """Take away the folder that stood for the user's."""
    _KERAS_HOME.cleanup()


@pytest.fixture(autouse=True, scope="session")
def _digits_are_unpacked_once() -> Iterator[None]:
    """Keep what unpacking the bundled digits gives: hundreds of calls plan a run on them; the file is still checked."""

    @functools.cache
    def unpack(path: Path) -> RawArrays:
        arrays = read_npz(path)
        for one in (arrays.x_train, arrays.y_train, arrays.x_test, arrays.y_test):
            one.flags.writeable = False
        return arrays

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mnist, "read_npz", unpack)
        yield


@pytest.fixture(scope="session")
def torch() -> Any:
    """PyTorch in this process; a test without it, or behind TensorFlow, which would crash the process, is skipped."""
    module = pytest.importorskip("torch", reason="the extra 'torch' is not installed")
    if "tensorflow" in sys.modules and "torch._dynamo" not in sys.modules:
        pytest.skip("TensorFlow is loaded in this process, and PyTorch must come first: run `tox -e backends`")
    load_torch()
    return module


@pytest.fixture
def environment() -> Environment:
    """A small quiet machine without a GPU."""
    return _environment()


@pytest.fixture
def make_case() -> MakeCase:
    """Return a factory of cases: `make_case("cnn", batch_size=128)`; the budget is 3 epochs."""
    return _case


@pytest.fixture(scope="session")
def make_journal() -> MakeJournal:
    """Return a factory of journals; see `_journal` for what it takes."""
    return _journal


@pytest.fixture
def take_turns() -> TakeTurns:
    """Return what makes journals those of trials that took turns; see `_take_turns` for what it takes."""
    return _take_turns


@pytest.fixture
def make_run() -> MakeRun:
    """Return a factory of run records: `make_run([case, …], seeds=(0, 1))`, seeds interleaved as a run does."""
    return _run


@pytest.fixture(scope="session")
def make_valid() -> MakeValid:
    """Return a factory of a record and its journals in which all agrees; see `_valid` for what it takes."""
    return _valid


@pytest.fixture
def make_source() -> MakeSource:
    """Return a factory of one machine's run for a hardware report; see `_source` for what it takes."""
    return _source


@pytest.fixture(scope="session")
def write_run() -> WriteRun:
    """Return what writes a run into a folder as `bench run` leaves it: `write_run(folder, record, journals)`."""
    return _write_run


@pytest.fixture
def write_journal() -> Callable[[Path, Journal], None]:
    """Return what writes one journal to its place in a run's folder, line by line as a worker does."""
    return _write_journal


@pytest.fixture
def peak_bytes() -> Callable[[Callable[[], object]], int]:
    """Return what calls a function and tells how much memory Python held for it at most.

    A process's own peak is that of all its life, and so of the tests before: it can bound nothing.
    """
    return _peak_bytes


@pytest.fixture
def call_bench_in(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return what calls `python -m bench …` in a folder but in this process: no second is lost in starting one.

    An exception that a user would meet as a traceback is one here, too. What a child of it prints is not caught.
    """

    def call(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        monkeypatch.chdir(folder)
        for name, value in {"COLUMNS": "120", **environ}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["bench", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        return subprocess.CompletedProcess(arguments, int(end.value.code or 0), *capsys.readouterr())

    return call


@pytest.fixture(scope="session")
def ready_program() -> Iterator[ReadyProgram]:
    """Start command lines that need not import anything; see the head of `ready_program.py`."""
    program = ReadyProgram()
    yield program
    program.stop()


@pytest.fixture
def list_started(ready_program: ReadyProgram) -> Callable[[], list[psutil.Process]]:
    """Return what lists the processes that this one started, and theirs, but for the one that has the program ready."""
    return lambda: [one for one in psutil.Process().children(recursive=True) if one.pid != ready_program.pid]


@pytest.fixture
def no_process_left(list_started: Callable[[], list[psutil.Process]]) -> Iterator[None]:
    """Assert after the test that no process that it started, nor any of theirs, is left."""
    yield
    assert psutil.wait_procs(list_started(), timeout=5)[1] == []


def _write_run(folder: Path, record: RunRecord, journals: Sequence[Journal] = ()) -> Path:
    """Write the record and its trials' journals, and return the folder; a trial without a journal has not begun."""
    (folder / TRIALS_FOLDER).mkdir(parents=True)
    write_record(folder, record)
    for journal in journals:
        _write_journal(folder, journal)
    return folder


def _write_journal(folder: Path, journal: Journal) -> None:
    events = (journal.start, journal.built, *journal.epochs, journal.end)
    with JournalWriter(journal_path(folder, journal.trial_id)) as writer:
        for event in events:
            if event is not None:
                writer.append(event)


def _peak_bytes(call: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _valid(
    cases: Sequence[Case | str] = ("lstm", "cnn"),
    seeds: Sequence[int] = (0, 1),
    run_id: str = RUN_ID,
    **environment: Any,
) -> tuple[RunRecord, list[Journal]]:
    """Make a run on the bundled MNIST, whose fingerprint is its environment's; each trial took seconds of its own.

    `environment` changes fields of the machine's.
    """
    machine = _environment().model_copy(update=environment)
    machine = machine.model_copy(update={"fingerprint": fingerprint(machine)})
    record = _run(cases, seeds, environment=machine, run_id=run_id)
    journals = [
        _journal(
            trial.case, trial.seed, run_id=run_id, index=trial.index, environment=machine,
            data=data_info(trial.case).model_copy(update={"sha256": MNIST_SHA256}), train_s=60.0 + trial.index / 1000,
        )
        for trial in record.suite.trials
    ]  # fmt: skip
    return record, journals


def _source(
    rates: Mapping[tuple[str, str, int], float],
    *,
    seeds: Sequence[int] = (0, 1),
    val_accuracy: Sequence[float | None] = (0.7, 0.85),
    gflops: Mapping[str, float] | None = None,
    energy_j: float | None = None,
    not_run: Sequence[tuple[str, str, int]] = (),
    run_id: str = RUN_ID,
    **environment: Any,
) -> MeasuredRun:
    """Make a run of 2 epochs whose steady throughput is `rates` by model, device and batch size.

    A second seed is 2 % faster than the first. `gflops` are the devices' ceilings; `energy_j` is of each epoch;
    `not_run` lacks a GPU; `environment` changes fields of the machine's.
    """
    machine = _environment().model_copy(update=environment)
    cases = {key: _hardware_case(*key) for key in rates}
    journals = [
        _hardware_journal(
            case, seed, rates[key] * 1.02**place, val_accuracy, energy_j, environment=machine, run_id=run_id
        )
        for place, seed in enumerate(seeds)
        for key, case in cases.items()
    ]
    record = _run(tuple(cases.values()), seeds, environment=machine, run_id=run_id)
    left = tuple(
        NotRun(case=_hardware_case(*key), reason="device 'gpu' was asked for and no GPU is visible here; see bench env")
        for key in not_run
    )
    suite = record.suite.model_copy(update={"not_run": left, "targets": (0.8,), "name": "hardware"})
    devices = tuple(
        Ceiling(
            device=device, gemm_flops_per_s=1e9 * value, lstm_gemm_flops_per_s=5e8 * value,
            bandwidth_bytes_per_s=1e8 * value, tf32=device == "gpu",
        )
        for device, value in (gflops or {}).items()
    )  # fmt: skip
    ceilings = {machine.fingerprint: Ceilings(tensorflow="2.21.0", devices=devices)} if devices else {}
    return MeasuredRun(record.model_copy(update={"suite": suite}), tuple(journals), ceilings)


def _hardware_case(model: str, device: str, batch_size: int) -> Case:
    size = 11_264 if batch_size == 1024 else 5_632
    return Case(model=model, epochs=2, device=device, batch_size=batch_size, train_size=size, test_size=1000)


def _hardware_journal(
    case: Case, seed: int, rate: float, val_accuracy: Sequence[float | None], energy_j: float | None, **start: Any
) -> Journal:
    """Make a journal whose first step takes 2 s and whose other steps run at `rate`."""
    num_examples = case.train_size or 0
    steady_s = [(num_examples - case.batch_size) / rate + 2.0, num_examples / rate]
    journal = _journal(case, seed, val_accuracy=val_accuracy, train_s=steady_s, num_examples=num_examples, **start)
    if energy_j is None or journal.built is None:
        return journal
    epochs = tuple(epoch.model_copy(update={"energy_j": energy_j}) for epoch in journal.epochs)
    built = journal.built.model_copy(update={"energy_sensors": ("package-0",)})
    return journal.model_copy(update={"epochs": epochs, "built": built})


def _case(model: str = "lstm", epochs: int = 3, **settings: Any) -> Case:
    return Case(model=model, epochs=epochs, **settings)


def _journal(
    case: Case | str = "lstm",
    seed: int = 0,
    *,
    val_accuracy: Sequence[float | None] = (0.95, 0.97, 0.98),
    train_s: Sequence[float] | float = 60.0,
    first_step_s: float | None = 2.0,
    first_step_examples: int | None = None,
    num_examples: int = 60_000,
    canary_s: float | None = 0.02,
    status: Status | None = "ok",
    built: bool | dict[str, Any] = True,
    resolved: dict[str, Any] | None = None,
    error: TrialError | None = None,
    warnings: Sequence[str] = (),
    **start: Any,
) -> Journal:
    """Make a journal with an epoch per `val_accuracy`; `status` None leaves the end line out.

    `train_s` is one figure for all epochs or one each. `first_step_s` falls into the first epoch and trains one batch.
    `built` False leaves the line out, a mapping changes fields of it; `resolved` and `start` change fields of theirs.
    """
    case = _case(case) if isinstance(case, str) else case
    seconds = [train_s] * len(val_accuracy) if isinstance(train_s, (int, float)) else list(train_s)
    if first_step_examples is None:
        first_step_examples = 0 if first_step_s is None else min(case.batch_size, num_examples)
    epochs = tuple(
        _epoch(
            case,
            number,
            accuracy,
            spent,
            num_examples=num_examples,
            canary_s=canary_s,
            first_step_s=first_step_s if number == 1 else None,
            first_step_examples=first_step_examples if number == 1 else 0,
            loss_factor=_loss_factor(case, seed),
        )
        for number, (accuracy, spent) in enumerate(zip(val_accuracy, seconds, strict=True), start=1)
    )
    changes = built if isinstance(built, dict) else {}
    return Journal(
        source=f"trials/{Trial(case=case, seed=seed, index=0).trial_id}.jsonl",
        start=_start(case, seed, start),
        built=_built(case, canary_s, resolved or {}, changes) if built is not False else None,
        epochs=epochs,
        end=status and EndEvent(status=status, num_epochs=len(epochs), total_s=sum(seconds) + 20.0, error=error),
        warnings=tuple(warnings),
    )


def _take_turns(
    journals: Sequence[Journal], costs: Sequence[float], *, num_turns: int = 10, num_epochs: int = 100
) -> tuple[Journal, ...]:
    """Return journals as of trials that took `num_turns` turns an epoch, in which an example took `costs` seconds each.

    Their epochs and throughputs stay as they are. After `num_epochs` the others of each were gone.
    """
    names = tuple(f"{journal.start.run_id}/{journal.trial_id}" for journal in journals)
    taken = []
    for slot, (journal, cost) in enumerate(zip(journals, costs, strict=True)):
        others = tuple(other for other in range(len(journals)) if other != slot)
        epochs = []
        for place, epoch in enumerate(journal.epochs):
            n = num_turns if place < num_epochs else 0
            numbers = tuple(1 + slot + len(journals) * (place * num_turns + turn) for turn in range(n))
            turns = EpochTurns(
                numbers=numbers, seconds=(128 * cost,) * n, steps=(4,) * n, examples=(128,) * n, waited_s=1.0,
                gone=() if n else others,
            )  # fmt: skip
            epochs.append(epoch.model_copy(update={"turns": turns}))
        start = journal.start.model_copy(update={"in_turns": InTurns(slot=slot, trials=names)})
        taken.append(journal.model_copy(update={"start": start, "epochs": tuple(epochs)}))
    return tuple(taken)


def _loss_factor(case: Case, seed: int) -> float:
    """Return a factor of each trial's own: networks, and seeds, whose losses are equal to the last bit are one."""
    return 1 + len(case.model) / 1000 + seed / 2**20


def _start(case: Case, seed: int, changes: dict[str, Any]) -> StartEvent:
    fields: dict[str, Any] = {
        "run_id": RUN_ID,
        "trial_id": Trial(case=case, seed=seed, index=0).trial_id,
        "case": case,
        "seed": seed,
        "index": seed,
        "environment": _environment(),
        "argv": ("python", "-m", "bench", "run", "tutorial"),
        "data": data_info(case),
        "concurrent": False,
        "pid": 4242,
        "started_at": NOW,
    }
    return StartEvent(**(fields | changes))


def data_info(case: Case) -> DataInfo:
    """MNIST as the case asks for it."""
    return DataInfo(
        name=case.dataset,
        sha256="731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
        source="bundled",
        example_shape=(28, 28),
        num_classes=10,
        num_train=case.train_size or 60_000,
        num_test=case.test_size or 10_000,
        num_train_available=60_000,
        num_test_available=10_000,
    )


def _built(case: Case, canary_s: float | None, resolved: dict[str, Any], changes: dict[str, Any]) -> BuiltEvent:
    recurrent = case.model.startswith("lstm")
    sheet = LayerSheet(
        name="lstm" if recurrent else "conv2d",
        kind="LSTM" if recurrent else "Conv2D",
        output_shape=(28, 128) if recurrent else (26, 26, 64),
        num_params=80_384 if recurrent else 640,
        flops=4_472_832 if recurrent else 778_752,
    )
    fields: dict[str, Any] = {
        "num_params": 216_426 if recurrent else 141_000,
        "flops_per_example": 35_000_000 if recurrent else 30_000_000,
        "layers": (sheet,),
        "resolved": _resolved(recurrent, resolved),
        "import_s": 3.0,
        "data_s": 0.5,
        "build_s": 0.25,
        "noise": _noise(canary_s),
    }
    return BuiltEvent(**(fields | changes))


def _resolved(recurrent: bool, changes: dict[str, Any]) -> Resolved:
    paths = (LayerPath(layer="lstm", path="generic loop", evidence="While"),) if recurrent else ()
    fields: dict[str, Any] = {
        "backend": "tensorflow",
        "backend_version": "2.21.0",
        "keras_version": "3.15.1",
        "device": "cpu",
        "device_name": "Example CPU",
        "layer_paths": paths,
        "jit_compile": False,
        "steps_per_execution": 1,
        "precision": "float32",
        "intra_op_threads": 2,
        "inter_op_threads": 2,
        "deterministic": False,
        "optimizer": "Adam",
        "learning_rate": 1e-3,
        "decay": 1e-5,
        "keras_config": {},
        "op_devices": {"CPU": 20},
    }
    return Resolved(**(fields | changes))


def _epoch(
    case: Case,
    number: int,
    accuracy: float | None,
    train_s: float,
    *,
    num_examples: int,
    canary_s: float | None,
    first_step_s: float | None,
    first_step_examples: int,
    loss_factor: float,
) -> EpochEvent:
    num_steps = -(-num_examples // case.batch_size)
    step = train_s / num_steps
    return EpochEvent(
        epoch=number,
        num_examples=num_examples,
        num_steps=num_steps,
        train_s=train_s,
        first_step_s=first_step_s,
        first_step_examples=first_step_examples,
        val_s=3.0,
        other_s=0.125,
        loss=0.5 / number * loss_factor,
        accuracy=None if accuracy is None else accuracy - 0.01,
        val_loss=0.4 / number * loss_factor,
        val_accuracy=accuracy,
        not_finite=("val_accuracy", "accuracy") if accuracy is None else (),
        learning_rate=1e-3,
        step_s=StepQuantiles(p05=0.9 * step, p50=step, p95=1.2 * step, maximum=2 * step),
        peak_rss_bytes=700_000_000 + number,
        peak_device_bytes=None,
        noise=_noise(canary_s),
    )


def _noise(canary_s: float | None) -> Noise:
    canary = None if canary_s is None else Canary(gemm_s=canary_s, copy_s=canary_s / 2)
    return Noise(load_1m=1.0, steal_s=0.0, num_throttles=0, canary=canary)


def _environment() -> Environment:
    return Environment(
        hostname="example",
        os="Linux",
        kernel="6.8.0",
        virtualization=None,
        machine="x86_64",
        cpu_model="Example CPU",
        num_cpus_usable=2,
        num_cpus_online=2,
        num_physical_cores=2,
        cgroup_cpu_limit=None,
        cpu_flags=("avx2",),
        l3_cache_bytes=32 * 2**20,
        memory_bytes=8 * 2**30,
        memory_limit_bytes=None,
        num_numa_nodes=1,
        cpu_governor="performance",
        gpus=(),
        python="3.11.9",
        libraries={"keras": "3.15.1", "tensorflow": "2.21.0"},
        variables={},
        git_commit="0123456789abcdef0123456789abcdef01234567",
        git_dirty=False,
        boot_id="5c1f2f0e-0000-4000-8000-000000000000",
        fingerprint="a1b2c3d4e5f6",
    )


def _run(cases: Sequence[Case | str] = ("lstm", "cnn"), seeds: Sequence[int] = (0,), **changes: Any) -> RunRecord:
    resolved = [_case(case) if isinstance(case, str) else case for case in cases]
    pairs = [(case, seed) for seed in seeds for case in resolved]
    trials = tuple(Trial(case=case, seed=seed, index=index) for index, (case, seed) in enumerate(pairs))
    suite = ResolvedSuite(
        name="tutorial", description="The tutorial's networks.", targets=(0.9, 0.98), timeout_s=3600.0, trials=trials
    )
    fields: dict[str, Any] = {
        "run_id": RUN_ID,
        "created_at": NOW,
        "version": "0.1.0",
        "command": ("bench", "run", "tutorial"),
        "suite": suite,
        "environment": _environment(),
    }
    return RunRecord(**(fields | changes))
