from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.host.sensors.cpu import SIMD_FLAGS, count_list, order_by_core, parse_size, read_cpu, read_total_l3_bytes


def test_a_virtual_machine_shows_model_cores_caches_and_vector_instructions(machine):
    cpu = read_cpu(machine("firecracker_epyc", affinity=2))
    assert (cpu.model, cpu.num_usable, cpu.num_online, cpu.num_physical) == ("AMD EPYC", 2, 2, 2)
    assert (cpu.l1d_bytes, cpu.l2_bytes, cpu.l3_bytes) == (32 * 1024, 512 * 1024, 8 * 1024**2)
    assert cpu.flags == ("sse4_2", "avx", "f16c", "fma", "avx2")
    assert (cpu.quota, cpu.num_numa_nodes, cpu.governor) == (None, 1, None)


def test_a_quota_is_rounded_down_to_whole_usable_cores(machine):
    cpu = read_cpu(machine("container_xeon", affinity=64))
    assert (cpu.quota, cpu.num_usable, cpu.num_online) == (3.5, 3, 64)
    assert {"avx512f", "amx_tile", "amx_bf16"} <= set(cpu.flags)


def test_an_affinity_smaller_than_the_quota_wins(machine):
    assert read_cpu(machine("container_xeon", affinity=2)).num_usable == 2


def test_a_quota_below_one_core_leaves_one_usable_core(machine):
    probe = machine("container_xeon", affinity=64)
    (probe.root / "sys/fs/cgroup/cpu.max").write_text("50000 100000\n")
    assert read_cpu(probe).num_usable == 1


def test_a_cluster_job_shows_its_ancestors_limit_and_both_numa_nodes(machine):
    cpu = read_cpu(machine("cluster_job", affinity=28))
    assert (cpu.num_usable, cpu.num_numa_nodes, cpu.governor) == (4, 2, "powersave")


def test_an_arm_core_is_named_from_its_numbers_and_its_board(machine):
    cpu = read_cpu(machine("raspberry_pi", affinity=4, architecture="aarch64"))
    assert cpu.model == "Cortex-A76 (Raspberry Pi 5 Model B Rev 1.0)"
    assert cpu.flags == ("asimd", "asimdhp", "asimddp")
    assert cpu.num_usable == 4


def test_an_unknown_arm_core_keeps_its_numbers(machine):
    probe = machine(None, architecture="aarch64")
    (probe.root / "proc").mkdir()
    (probe.root / "proc/cpuinfo").write_text("CPU implementer\t: 0x61\nCPU part\t: 0x022\n")
    assert read_cpu(probe).model == "Arm implementer 0x61 part 0x022"


def test_macos_is_asked_by_sysctl(machine):
    answers = {
        "machdep.cpu.brand_string": "Apple M3 Pro\n",
        "hw.logicalcpu": "11\n",
        "hw.physicalcpu": "11\n",
        "hw.l2cachesize": "4194304\n",
    }
    probe = machine(None, system="Darwin", architecture="arm64", run=lambda command: answers.get(command[-1]))
    cpu = read_cpu(probe)
    assert (cpu.model, cpu.num_usable, cpu.num_physical, cpu.flags) == ("Apple M3 Pro", 11, 11, ("neon",))
    assert (cpu.l2_bytes, cpu.l3_bytes, cpu.governor) == (4 * 1024**2, None, None)


def test_an_intel_mac_spells_its_instructions_its_own_way(machine):
    answers = {"machdep.cpu.features": "SSE4.2 AVX1.0 FMA", "machdep.cpu.leaf7_features": "AVX2 BMI1"}
    probe = machine(None, system="Darwin", run=lambda command: answers.get(command[-1]))
    assert read_cpu(probe).flags == ("sse4_2", "avx", "fma", "avx2")


def test_a_machine_that_tells_nothing_still_has_one_usable_core(machine):
    cpu = read_cpu(machine(None))
    assert cpu.num_usable >= 1
    assert (cpu.model, cpu.num_online, cpu.num_physical, cpu.l3_bytes, cpu.flags) == (None, None, None, None, ())


@pytest.mark.parametrize(
    ("text", "count"), [("0", 1), ("0-3", 4), ("0-3,8,10-11", 7), ("", None), ("a-b", None), (None, None)]
)
def test_a_kernel_list_of_cpus_is_counted(text, count):
    assert count_list(text) == count


@given(st.lists(st.integers(min_value=0, max_value=500), min_size=1))
def test_a_list_of_single_cpus_counts_its_entries(cpus):
    assert count_list(",".join(map(str, cpus))) == len(cpus)


@pytest.fixture
def machine_of_cores(machine):
    """Return what makes a machine of the given lists of CPUs that share a core, under either name of the kernel's."""

    def build(*lists, name="core_cpus_list"):
        probe = machine(None)
        for siblings in lists:
            for cpu in siblings.split(","):
                folder = probe.root / f"sys/devices/system/cpu/cpu{cpu}/topology"
                folder.mkdir(parents=True)
                (folder / name).write_text(f"{siblings}\n")
        return probe

    return build


@pytest.mark.parametrize("name", ["core_cpus_list", "thread_siblings_list"])
@pytest.mark.parametrize(
    ("siblings", "allowed", "ordered"),
    [
        (("0,2", "1,3"), {0, 1, 2, 3}, (0, 1, 2, 3)),
        (("0,1", "2,3"), {0, 1, 2, 3}, (0, 2, 1, 3)),
        (("0,1", "2,3"), {1, 2, 3}, (1, 2, 3)),
        (("4,5", "8,9"), {4, 5, 9}, (4, 9, 5)),  # 9 is the first that may be used of its core
        (("0", "1"), {1, 0}, (0, 1)),
    ],
)
def test_every_cores_first_cpu_comes_before_any_cores_second(machine_of_cores, name, siblings, allowed, ordered):
    assert order_by_core(machine_of_cores(*siblings, name=name), allowed) == ordered


def test_without_a_known_topology_cpus_come_by_number(machine):
    assert order_by_core(machine(None), {7, 1, 3}) == (1, 3, 7)


def build_cache(probe, cpu, level, size, shared):
    folder = probe.root / f"sys/devices/system/cpu/cpu{cpu}/cache/index{level}"
    folder.mkdir(parents=True)
    for file, text in (("level", level), ("size", size), ("shared_cpu_list", shared)):
        (folder / file).write_text(f"{text}\n")


def test_a_third_level_cache_counts_once_however_many_cpus_share_it_and_only_where_they_may_be_used(machine):
    probe = machine(None, affinity=3)
    for cpu, shared in enumerate(("0-1", "0-1", "2-3", "2-3", "4-5")):
        build_cache(probe, cpu, 2, "1024K", str(cpu))
        build_cache(probe, cpu, 3, "32M", shared)
    assert read_total_l3_bytes(probe) == 2 * 32 * 1024**2


def test_a_machine_that_tells_no_third_level_cache_has_no_figure_of_it(machine):
    assert read_total_l3_bytes(machine(None, affinity=2)) is None


@given(st.text(max_size=30))
def test_any_text_is_a_size_or_none(text):
    size = parse_size(text)
    assert size is None or size >= 0


def test_every_flag_is_listed_once():
    assert len(SIMD_FLAGS) == len(set(SIMD_FLAGS))
