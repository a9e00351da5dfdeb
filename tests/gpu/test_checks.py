"""What evidence amounts to: each check proven where all is well, and refuted by what would show that it is not."""

from datetime import timedelta

import pytest

from bench.gpu.checks import judge_backend
from bench.gpu.evidence import Agreement
from bench.gpu.kernels import KernelTime
from bench.gpu.seen import Seen
from bench.host.sensors.gpu import Gpu
from bench.networks.proof.execution import LayerPath
from tests.conftest import NOW
from tests.gpu.evidence import make_evidence, make_training

GIB = 1024**3
OF_A_PROCESS = (
    "cudnn",
    "not-cudnn",
    "agreement",
    "others-on-cudnn",
    "mixed-precision",
    "compiled",
    "steps",
    "nvml",
    "foreign",
)
CUDNN_KERNEL = KernelTime(name="RNN_blockPersist_fp_LSTM", calls=8, seconds=0.01)


@pytest.fixture
def verdicts():
    def judge(evidence, journals=()):
        return {one.check: one.verdict for one in judge_backend(Seen(evidence, journals))}

    return judge


@pytest.fixture
def change():
    """Return what makes evidence in which the trainings of a model with these settings are changed."""

    def make(model, settings, **changes):
        evidence = make_evidence()
        meant = {"precision": "float32", "jit": "auto", "filters": None, **settings}
        trainings = tuple(
            one.model_copy(update=changes)
            if one.case.model == model and all(getattr(one.case, key) == value for key, value in meant.items())
            else one
            for one in evidence.trainings
        )
        assert trainings != evidence.trainings
        return evidence.model_copy(update={"trainings": trainings})

    return make


def test_all_that_a_process_shows_is_proven_where_all_is_well(verdicts):
    found = verdicts(make_evidence())
    assert {found[name] for name in OF_A_PROCESS} == {"proven"}


def test_what_a_process_did_not_come_to_is_not_possible_and_says_why():
    evidence = make_evidence(trainings=(), agreement=None, reading=None, problem="JAX's process ended with -11: ")
    found = {one.check: one for one in judge_backend(Seen(evidence, ()))}
    assert {found[name].verdict for name in OF_A_PROCESS} == {"not possible here"}
    assert {"-11" in found[name].evidence for name in OF_A_PROCESS} == {True}


@pytest.mark.parametrize(
    ("model", "settings", "changes", "check", "expected"),
    [
        ("lstm-cudnn", {}, {"kernels": ()}, "cudnn", "not possible here"),
        ("lstm-cudnn", {}, {"error": "KernelPathError: expects cuDNN"}, "cudnn", "refuted"),
        ("lstm-cudnn", {}, {"num_launches": 0}, "cudnn", "not possible here"),
        (
            "lstm-cudnn", {},
            {"layer_paths": (LayerPath(layer="lstm_1", path="cudnn", evidence="op"),
                             LayerPath(layer="lstm_2", path="generic loop", evidence="op"))},
            "cudnn", "refuted",
        ),
        ("lstm", {}, {"kernels": (CUDNN_KERNEL,)}, "not-cudnn", "refuted"),
        ("lstm-cpu", {}, {"layer_paths": (LayerPath(layer="a", path="cudnn", evidence="op"),)}, "not-cudnn", "refuted"),
        ("lstm-cpu", {}, {"num_launches": 0}, "not-cudnn", "not possible here"),
        ("gru", {}, {"kernels": ()}, "others-on-cudnn", "not possible here"),
        ("lstm-both-ways", {}, {"num_launches": 0}, "others-on-cudnn", "not possible here"),
        ("lstm-cudnn", {"precision": "mixed_float16"}, {"kernels": ()}, "mixed-precision", "not possible here"),
        ("cnn", {"precision": "mixed_bfloat16"}, {"loss": None}, "mixed-precision", "refuted"),
        ("cnn", {"precision": "mixed_float16"}, {"error": "no such type"}, "mixed-precision", "not possible here"),
        ("cnn", {"jit": "on"}, {"error": "no compiler"}, "compiled", "not possible here"),
        ("cnn", {"jit": "on"}, {"num_launches": 0}, "compiled", "not possible here"),
        ("cnn", {"filters": 512}, {"busy_s": 0.6}, "steps", "refuted"),  # more than the ledger has
        ("cnn", {"filters": 512}, {"busy_s": 0.2}, "steps", "not possible here"),
        ("cnn", {"filters": 512}, {"num_launches": 0}, "steps", "not possible here"),
    ],
)  # fmt: skip
def test_a_training_that_shows_the_contrary_refutes(change, verdicts, model, settings, changes, check, expected):
    assert verdicts(change(model, settings, **changes))[check] == expected


def test_a_compiled_step_that_runs_the_same_kernels_refutes(change, verdicts):
    same = make_training({"model": "cnn", "jit": "off"})
    changes = {"kernels": same.kernels, "num_launches": same.num_launches}
    assert verdicts(change("cnn", {"jit": "on"}, **changes))["compiled"] == "refuted"


def test_on_jax_a_gru_is_not_asked_for_cudnn(verdicts):
    trainings = tuple(
        one.model_copy(update={"kernels": (), "layer_paths": ()}) if one.case.model == "gru" else one
        for one in make_evidence("jax").trainings
    )
    assert verdicts(make_evidence("jax", trainings=trainings))["others-on-cudnn"] == "proven"
    assert verdicts(make_evidence(trainings=trainings))["others-on-cudnn"] == "refuted"


@pytest.mark.parametrize(("outputs", "updates"), [(0.01, 0.0), (0.0, 0.1)])
def test_variants_that_compute_something_else_refute(verdicts, outputs, updates):
    agreement = Agreement(outputs=outputs, updates=updates)
    assert verdicts(make_evidence(agreement=agreement))["agreement"] == "refuted"


@pytest.mark.parametrize(
    ("changes", "check", "expected"),
    [
        ({"power_w": None}, "nvml", "not possible here"),
        ({"energy_j": None}, "nvml", "not possible here"),
        ({"num_foreign": None}, "foreign", "not possible here"),
        ({"num_foreign": 0}, "foreign", "refuted"),
        ({"num_foreign": 3, "num_foreign_alone": 2}, "foreign", "proven"),
    ],
)
def test_nvml_is_judged_by_what_it_tells(verdicts, changes, check, expected):
    evidence = make_evidence()
    reading = evidence.reading.model_copy(update=changes)
    assert verdicts(evidence.model_copy(update={"reading": reading}))[check] == expected


@pytest.fixture
def make_trial(make_journal, make_case, environment):
    """Return a factory of trials on a GPU of 80 GiB, in the order of their `place`."""
    gpu = Gpu(name="NVIDIA A100", memory_bytes=80 * GIB, driver="580", compute_capability="8.0", power_limit_w=400.0,
              max_clock_mhz=1410)  # fmt: skip

    def make(model="cnn", place=0, *, peak=GIB, status="ok", **settings):
        case = make_case(model, **{"device": "gpu", "backend": "torch", **settings})
        journal = make_journal(case, environment=environment.model_copy(update={"gpus": (gpu,)}), status=status)
        start = journal.start.model_copy(update={"started_at": NOW + timedelta(minutes=place)})
        epochs = tuple(epoch.model_copy(update={"peak_device_bytes": peak}) for epoch in journal.epochs)
        return journal.model_copy(update={"start": start, "epochs": epochs})

    return make


TOO_LARGE = {"model": "lstm", "units": 4096, "batch_size": 57344}


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (("ok", "oom", "ok"), "proven"),
        (("ok", "oom"), "not possible here"),
        (("ok", "failed", "ok"), "refuted"),
        (("ok", "killed", "ok"), "refuted"),
        (("ok", "oom", "failed"), "refuted"),
        (("ok", "ok", "ok"), "not possible here"),
        (("ok",), "not possible here"),
    ],
)
def test_out_of_memory_costs_one_trial(make_trial, verdicts, statuses, expected):
    settings = ({}, TOO_LARGE, {"batch_size": 512})
    trials = [make_trial(place=place, status=status, **settings[place]) for place, status in enumerate(statuses)]
    assert verdicts(make_evidence(), trials)["oom"] == expected


@pytest.mark.parametrize(("peak", "expected"), [(GIB, "proven"), (None, "refuted"), (81 * GIB, "refuted")])
def test_a_peak_is_there_and_within_the_gpus_memory(make_trial, verdicts, peak, expected):
    assert verdicts(make_evidence(), [make_trial(), make_trial("lstm", peak=peak)])["memory"] == expected


def test_without_a_trial_nothing_is_known_of_trials(verdicts):
    found = verdicts(make_evidence())
    assert {found[name] for name in found if name not in OF_A_PROCESS} == {"not possible here"}


def test_trials_that_took_turns_are_proven_by_their_turns(make_trial, take_turns, verdicts):
    pair = [make_trial("lstm"), make_trial("cnn")]
    assert verdicts(make_evidence(), pair)["in-turns"] == "not possible here"
    assert verdicts(make_evidence(), take_turns(pair, [0.002, 0.001]))["in-turns"] == "proven"


def test_the_gpu_is_compared_with_the_cpu_where_both_ran(make_trial):
    trials = [make_trial(), make_trial(device="cpu"), make_trial(batch_size=512)]
    found = {one.check: one for one in judge_backend(Seen(make_evidence(), trials))}
    assert (found["cpu"].verdict, found["cpu"].evidence) == ("proven", "GPU over CPU: cnn 1.00× at 32")
    assert (found["throughput"].verdict, found["throughput"].evidence) == ("proven", "1 network at batch 32, 512")


def test_a_trial_that_failed_refutes_the_throughputs(make_trial, verdicts):
    assert verdicts(make_evidence(), [make_trial(), make_trial("gru", status="failed")])["throughput"] == "refuted"
