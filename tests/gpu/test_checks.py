"""What evidence amounts to: each check proven where all is well, and refuted by what would show that it is not."""

from datetime import timedelta

import pytest

from bench.gpu.checks import judge_backend
from bench.gpu.seen import Seen
from bench.host.sensors.gpu import Gpu
from bench.networks.proof.execution import LayerPath
from bench.store.gpu_evidence import Agreement, KernelTime
from tests.conftest import NOW
from tests.gpu.made import GENERIC, make_evidence, make_training

GIB = 1024**3
OF_A_PROCESS = (
    "cudnn", "not-cudnn", "agreement", "others-on-cudnn", "mixed-precision", "compiled", "steps", "nvml", "foreign",
)  # fmt: skip
CUDNN_KERNEL = KernelTime(name="RNN_blockPersist_fp_LSTM", calls=8, seconds=0.01)
UNKNOWN = tuple(KernelTime(name=name, calls=8, seconds=0.01) for name in GENERIC)
PATH = LayerPath(layer="lstm_1", path="cudnn", evidence="op")
LOOP = LayerPath(layer="lstm_2", path="generic loop", evidence="op")
HALF = {"precision": "mixed_float16"}


def judge(evidence, journals=()):
    return {one.check: one for one in judge_backend(Seen(evidence, journals))}


def verdicts(evidence, journals=()):
    return {name: one.verdict for name, one in judge(evidence, journals).items()}


def change(model, settings, backend="torch", **changes):
    """Return evidence in which the training of a model with these settings is changed."""
    evidence = make_evidence(backend)
    meant = {"precision": "float32", "jit": "auto", "filters": None, **settings}
    trainings = tuple(
        one.model_copy(update=changes)
        if one.case.model == model and all(getattr(one.case, key) == value for key, value in meant.items())
        else one
        for one in evidence.trainings
    )
    assert trainings != evidence.trainings
    return evidence.model_copy(update={"trainings": trainings})


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_all_that_a_process_shows_is_proven_where_all_is_well(backend):
    found = verdicts(make_evidence(backend))
    assert {found[name] for name in OF_A_PROCESS} == {"proven"}


def test_what_a_process_did_not_come_to_is_not_possible_and_says_why():
    found = judge(make_evidence(trainings=(), agreement=None, reading=None, problem="JAX's process ended with -11: "))
    assert {found[name].verdict for name in OF_A_PROCESS} == {"not possible here"}
    assert {"-11" in found[name].evidence for name in OF_A_PROCESS} == {True}


def test_what_could_not_be_seen_says_so_of_itself_alone():
    found = judge(make_evidence(agreement=None, errors={"agreement": "ValueError: no such op"}))
    assert (found["agreement"].verdict, found["agreement"].evidence) == ("not possible here", "ValueError: no such op")
    assert found["nvml"].verdict == "proven"


@pytest.mark.parametrize(
    ("model", "settings", "changes", "check", "expected"),
    [
        ("lstm-cudnn", {}, {"kernels": UNKNOWN}, "cudnn", "not possible here"),  # a later cuDNN's other names
        ("lstm-cudnn", {}, {"error": "KernelPathError: expects cuDNN"}, "cudnn", "refuted"),
        ("lstm-cudnn", {}, {"error": "RuntimeError: no memory"}, "cudnn", "not possible here"),
        ("lstm-cudnn", {}, {"kernels": (), "num_launches": 0}, "cudnn", "not possible here"),
        ("lstm-cudnn", {}, {"layer_paths": (PATH, LOOP)}, "cudnn", "refuted"),
        ("lstm", {}, {"kernels": (CUDNN_KERNEL,)}, "not-cudnn", "refuted"),
        ("lstm-cpu", {}, {"layer_paths": (PATH,)}, "not-cudnn", "refuted"),
        ("lstm-cpu", {}, {"kernels": (), "num_launches": 0}, "not-cudnn", "not possible here"),
        ("lstm-cpu", {}, {"error": "KernelPathError: expects no cuDNN kernel"}, "not-cudnn", "refuted"),
        ("gru", {}, {"kernels": UNKNOWN}, "others-on-cudnn", "not possible here"),
        ("gru", {}, {"layer_paths": (LOOP,)}, "others-on-cudnn", "refuted"),
        ("lstm-cudnn", HALF, {"kernels": UNKNOWN}, "mixed-precision", "not possible here"),
        ("lstm-cudnn", HALF, {"loss": None}, "mixed-precision", "refuted"),
        ("cnn", {"precision": "mixed_bfloat16"}, {"loss": None}, "mixed-precision", "refuted"),
        ("cnn", {"precision": "mixed_bfloat16"}, {"kernels": UNKNOWN}, "mixed-precision", "refuted"),  # float32's own
        ("cnn", HALF, {"error": "no such type"}, "mixed-precision", "not possible here"),
        ("cnn", {"jit": "on"}, {"error": "no compiler"}, "compiled", "not possible here"),
        ("cnn", {"jit": "on"}, {"num_launches": 0}, "compiled", "not possible here"),
        ("cnn", {"filters": 512}, {"busy_s": 0.6}, "steps", "refuted"),  # more than the ledger has
        ("cnn", {"filters": 512}, {"left_s": 0.03}, "steps", "refuted"),  # half of a step was still to come
        ("cnn", {"filters": 512}, {"busy_s": 0.2}, "steps", "not possible here"),
        ("cnn", {"filters": 512}, {"num_launches": 0}, "steps", "not possible here"),
    ],
)
def test_a_training_that_shows_the_contrary_refutes(model, settings, changes, check, expected):
    assert verdicts(change(model, settings, **changes))[check] == expected


def test_a_compiled_step_that_runs_the_same_kernels_refutes():
    same = make_training({"model": "cnn", "jit": "off"})
    changes = {"kernels": same.kernels, "num_launches": same.num_launches}
    assert verdicts(change("cnn", {"jit": "on"}, **changes))["compiled"] == "refuted"


def test_on_jax_neither_a_gru_nor_16_bits_are_asked_for_cudnn():
    for model, settings, check in (("gru", {}, "others-on-cudnn"), ("lstm-cudnn", HALF, "mixed-precision")):
        changes = {"kernels": UNKNOWN, "layer_paths": (LOOP,), "error": None}
        assert verdicts(change(model, settings, "jax", **changes))[check] == "proven"
        assert verdicts(change(model, settings, "torch", **changes))[check] == "refuted"


def test_where_no_profile_has_a_known_name_it_is_not_proven_that_a_network_runs_none():
    renamed = tuple(one.model_copy(update={"kernels": UNKNOWN}) for one in make_evidence().trainings)
    found = judge(make_evidence(trainings=renamed))
    assert found["not-cudnn"].verdict == found["cudnn"].verdict == "not possible here"
    assert "at::native::vectorized_elementwise_kernel" in found["cudnn"].evidence


@pytest.mark.parametrize(("outputs", "updates"), [(0.01, 0.0), (0.0, 0.1)])
def test_variants_that_compute_something_else_refute(outputs, updates):
    assert verdicts(make_evidence(agreement=Agreement(outputs=outputs, updates=updates)))["agreement"] == "refuted"


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
def test_nvml_is_judged_by_what_it_tells(changes, check, expected):
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
    ("before", "too_large", "after", "expected", "ends"),
    [
        (("ok",), ("oom",), ("ok",), "proven", "oom; the trial after it: ok"),
        (("ok",), ("oom", "oom"), ("ok",), "proven", "oom, oom; the trial after it: ok"),
        (("ok",), ("oom", "oom"), (), "not possible here", "no trial came after it"),
        (("ok",), ("failed",), ("ok",), "refuted", "failed"),
        (("ok",), ("oom", "killed"), ("ok",), "refuted", "killed"),
        (("ok",), ("oom",), ("failed",), "refuted", "failed"),
        (("ok",), ("ok",), ("ok",), "not possible here", "it had room"),
        (("ok",), (), (), "not possible here", "was run"),
    ],
)
def test_out_of_memory_costs_one_trial(make_trial, before, too_large, after, expected, ends):
    planned = [*((one, {}) for one in before), *((one, TOO_LARGE) for one in too_large), *((one, {}) for one in after)]
    trials = [make_trial(place=place, status=status, **settings) for place, (status, settings) in enumerate(planned)]
    found = judge(make_evidence(), trials)["oom"]
    assert found.verdict == expected
    assert found.evidence.endswith(ends)


@pytest.mark.parametrize(("peak", "expected"), [(GIB, "proven"), (None, "refuted"), (81 * GIB, "refuted")])
def test_a_peak_is_there_and_within_the_gpus_memory(make_trial, peak, expected):
    assert verdicts(make_evidence(), [make_trial(), make_trial("lstm", peak=peak)])["memory"] == expected


def test_without_a_trial_nothing_is_known_of_trials():
    found = verdicts(make_evidence())
    assert {found[name] for name in found if name not in OF_A_PROCESS} == {"not possible here"}


def test_trials_that_took_turns_are_proven_by_their_turns(make_trial, take_turns):
    pair = [make_trial("lstm"), make_trial("cnn")]
    assert verdicts(make_evidence(), pair)["in-turns"] == "not possible here"
    in_turns = take_turns(pair, [0.002, 0.001])
    assert verdicts(make_evidence(), in_turns)["in-turns"] == "proven"
    assert verdicts(make_evidence(), in_turns[:1])["in-turns"] == "not possible here"  # its partner says nothing


def test_the_gpu_is_compared_with_the_cpu_where_both_ran(make_trial):
    trials = [make_trial(), make_trial(device="cpu"), make_trial(batch_size=512)]
    found = judge(make_evidence(), trials)
    assert (found["cpu"].verdict, found["cpu"].evidence) == ("proven", "GPU over CPU: cnn 1.00× at 32")
    assert (found["throughput"].verdict, found["throughput"].evidence) == ("proven", "1 network at batch 32, 512")
    assert verdicts(make_evidence(), trials[:2])["throughput"] == "not possible here"  # of one batch size


def test_a_trial_that_failed_refutes_the_throughputs_and_is_named(make_trial):
    found = judge(make_evidence(), [make_trial(), make_trial("gru", status="failed")])["throughput"]
    assert (found.verdict, found.evidence[-8:]) == ("refuted", "(failed)")
