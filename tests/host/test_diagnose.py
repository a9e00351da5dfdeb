from __future__ import annotations

import pytest

from bench.host.ceilings.ceilings import GpuCheck
from bench.host.diagnose import diagnose
from bench.host.environment import Gpu
from bench.install_hint import word_install

GPU = Gpu(
    name="NVIDIA H100", memory_bytes=None, driver="560", compute_capability=None, power_limit_w=None, max_clock_mhz=None
)
CUDA = {"nvidia-cudnn-cu12": "9.3", "nvidia-ml-py": "12.560"}


def find(environment, probe, check=None, **changes):
    return diagnose(environment.model_copy(update={"variables": {}, **changes}), probe, check)


def test_a_machine_without_oddities_needs_no_advice(environment, machine):
    assert find(environment, machine(None)) == ()


@pytest.mark.parametrize(
    ("changes", "level", "fact", "advice"),
    [
        ({"gpus": (GPU,)}, "problem", "CUDA libraries that TensorFlow needs are not installed", word_install("cuda")),
        (
            {"gpus": (GPU,), "libraries": {"nvidia-cudnn-cu12": "9"}},
            "notice",
            "nvidia-ml-py is missing",
            word_install("cuda"),
        ),
        (
            {"gpus": (GPU,), "libraries": CUDA, "variables": {"CUDA_VISIBLE_DEVICES": "-1"}},
            "problem",
            "hides every GPU",
            "unset CUDA_VISIBLE_DEVICES",
        ),
        ({"variables": {"KERAS_MAX_EPOCHS": "1"}}, "problem", "cuts every training short", "unset KERAS_MAX_EPOCHS"),
        ({"variables": {"OMP_NUM_THREADS": "1"}}, "notice", "OMP_NUM_THREADS='1' can change results", "unset"),
        ({"keras_config": {"floatx": '"float16"'}}, "notice", 'keras.json sets floatx to "float16"', "remove it"),
        ({"num_cpus_online": 8}, "notice", "2 of 8 cores are usable, because of the process's affinity", "taskset"),
        ({"num_cpus_online": 8, "cgroup_cpu_limit": 2.0}, "notice", "because of a CPU quota of 2", "docker --cpus"),
        ({"cpu_governor": "powersave"}, "notice", "governor is powersave", "cpupower"),
        ({"cpu_flags": ("sse4_2",)}, "notice", "no AVX2", "virtual machine type"),
        ({"cpu_flags": ("avx2", "amx_bf16")}, "notice", "multiplies bfloat16 (amx_bf16)", "bench run precision"),
        ({"cgroup_cpu_limit": 1.5, "num_cpus_allowed": 4}, "notice", "quota is 1.5, and a framework", "--device cpu:1"),
        ({"niceness": 10}, "notice", "niceness is 10", "without nice"),
        ({"notes": ("NVML failed",)}, "notice", "NVML failed", "continue without the values"),
    ],
)
def test_each_oddity_is_told_with_what_to_do(environment, machine, changes, level, fact, advice):
    matching = [found for found in find(environment, machine(None), **changes) if fact in found.fact]
    assert [found.level for found in matching] == [level]
    assert advice in matching[0].advice


@pytest.mark.parametrize("name", ["TF_CPP_MIN_LOG_LEVEL", "KERAS_BACKEND", "KERAS_HOME", "CUDA_VISIBLE_DEVICES"])
def test_a_harmless_variable_is_no_oddity(environment, machine, name):
    assert find(environment, machine(None), variables={name: "0"}) == ()


def test_the_backend_in_keras_json_is_overridden_and_so_no_oddity(environment, machine):
    assert find(environment, machine(None), keras_config={"backend": '"jax"'}) == ()


def test_a_gpu_on_the_bus_without_a_driver_is_a_problem(environment, machine):
    (found,) = find(environment, machine("gpu_workstation"))
    assert (found.level, found.fact) == ("problem", "1 NVIDIA GPU(s) on the PCI bus, but no driver shows them")
    assert "install NVIDIA's driver" in found.advice


def test_a_gpu_with_everything_installed_is_no_oddity(environment, machine):
    assert find(environment, machine("gpu_workstation"), gpus=(GPU,), libraries=CUDA) == ()


def test_a_missing_nvidia_ml_py_is_told_once(environment, machine):
    notes = ("nvidia-ml-py is not installed: the GPUs' names are known",)
    libraries = {"nvidia-cudnn-cu12": "9.3"}
    found = find(environment, machine("gpu_workstation"), gpus=(GPU,), libraries=libraries, notes=notes)
    assert [diagnosis.fact for diagnosis in found] == [
        "nvidia-ml-py is missing: GPU memory and clocks are not recorded"
    ]


def test_a_check_that_failed_or_found_no_cudnn_is_a_problem(environment, machine):
    failed = find(environment, machine(None), GpuCheck(error="no answer within 120 s"))
    assert "no answer within 120 s" in failed[0].fact
    broken = GpuCheck(tensorflow="2.21.0", gpus=("NVIDIA H100",), cudnn_works=False, cudnn_error="DNN not found")
    assert "a cuDNN LSTM does not run on it: DNN not found" in find(environment, machine(None), broken)[0].fact


@pytest.mark.parametrize(
    ("check", "fact", "advice"),
    [
        (
            {"built_with_cuda": True, "missing_libraries": ("libcudnn.so.9",)},
            "TensorFlow 2.21.0 sees no GPU: libcudnn.so.9 cannot be loaded",
            word_install("cuda"),
        ),
        ({"built_with_cuda": False}, "sees no GPU: it was built without CUDA", "pip uninstall"),
        (
            {"built_with_cuda": True, "build": {"cuda_version": "12.5.1"}},
            "sees no GPU, although its libraries are there",
            "it runs CUDA up to 12.2, and this build requires 12.5.1",
        ),
    ],
)
def test_a_gpu_that_tensorflow_does_not_see_is_explained(environment, machine, check, fact, advice):
    gpu = GPU.model_copy(update={"cuda": "12.2"})
    (found,) = find(environment, machine(None), GpuCheck(tensorflow="2.21.0", **check), gpus=(gpu,), libraries=CUDA)
    assert (found.level, fact in found.fact, advice in found.advice) == ("problem", True, True)


def test_a_gpu_that_is_hidden_on_purpose_is_not_missed_by_the_check(environment, machine):
    found = find(
        environment, machine(None), GpuCheck(tensorflow="2.21.0"), gpus=(GPU,), libraries=CUDA,
        variables={"CUDA_VISIBLE_DEVICES": "-1"},
    )  # fmt: skip
    assert ["hides every GPU" in diagnosis.fact for diagnosis in found] == [True]


@pytest.mark.parametrize(
    ("libraries", "fact"),
    [
        ({"tensorflow": "2.21.0", "tensorflow-cpu": "2.21.0"}, "tensorflow and tensorflow-cpu are both installed"),
        ({"tensorflow-cpu": "2.21.0"}, "tensorflow-cpu cannot use it"),
        ({"jax": "0.10.2"}, "this JAX has no CUDA plugin"),
    ],
)
def test_packages_that_do_not_fit_are_told(environment, machine, libraries, fact):
    found = find(environment, machine(None), gpus=(GPU,), libraries={**CUDA, **libraries})
    assert len([diagnosis for diagnosis in found if fact in diagnosis.fact]) == 1


def test_an_energy_counter_that_only_root_may_read_is_told(environment, machine):
    probe = machine("rapl_laptop")
    assert find(environment, probe) == ()
    (probe.root / "sys/class/powercap/intel-rapl:0/energy_uj").unlink()
    (found,) = find(environment, probe)
    assert "only root may read it" in found.fact


def test_a_check_that_found_all_well_is_no_oddity(environment, machine):
    fine = GpuCheck(tensorflow="2.21.0", gpus=("NVIDIA H100",), cudnn_works=True)
    assert find(environment, machine(None), fine) == ()


def test_problems_come_before_notices(environment, machine):
    variables = {"OMP_NUM_THREADS": "1", "KERAS_MAX_EPOCHS": "1"}
    levels = [found.level for found in find(environment, machine(None), variables=variables, cpu_governor="powersave")]
    assert levels == ["problem", "notice", "notice"]


def test_a_quota_that_stopped_the_group_is_told_with_its_counts(environment, machine):
    probe = machine("container_xeon")
    (probe.root / "sys/fs/cgroup/cpu.stat").write_text("nr_periods 284\nnr_throttled 283\nthrottled_usec 1500000\n")
    (found,) = [found for found in find(environment, probe) if "has stopped" in found.fact]
    assert found.fact == "the CPU quota has stopped this group in 283 of 284 periods, for 1.50 s in all"
