from __future__ import annotations

import itertools
import os
import statistics
import subprocess
import sys

import pytest
import threadpoolctl

from bench.host.sensors.canary import Canary, CanaryMeter

SPIN = "print('on', flush=True)\nwhile True: pass"
MAX_CORES = 4  # on a large machine a test must not start hundreds of processes


def blas_threads():
    return [library["num_threads"] for library in threadpoolctl.threadpool_info() if library["user_api"] == "blas"]


@pytest.fixture
def spinning():
    """Return what starts processes that each want a whole core, and ends them after the test."""
    processes = []

    def start(count):
        command = [sys.executable, "-c", SPIN]
        processes.extend(subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(count))
        for process in processes:
            assert process.stdout.readline() == b"on\n"

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def few_cores():
    """Bind this process, and what it starts, to a few cores of a large machine where the system can; return them."""
    if not hasattr(os, "sched_setaffinity"):
        yield list(range(os.cpu_count()))
        return
    before = os.sched_getaffinity(0)
    cores = sorted(before)[:MAX_CORES]
    os.sched_setaffinity(0, cores)
    yield cores
    os.sched_setaffinity(0, before)


def read_canary_s(meter, choose, num_readings=7):
    """Return the canary's time by several readings: the least where it is quiet, for whoever else works here adds."""
    canaries = [meter.read() for _ in range(num_readings)]
    return choose(canary.gemm_s for canary in canaries) + choose(canary.copy_s for canary in canaries)


def test_the_canary_sees_a_second_load_on_the_machine(spinning, few_cores):
    with CanaryMeter() as meter:
        quiet_s = read_canary_s(meter, min)
        spinning(3 * len(few_cores))
        loaded_s = read_canary_s(meter, statistics.median)
    assert loaded_s > 1.2 * quiet_s


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="only Linux binds a process to a core")
def test_the_canary_sees_neighbours_that_take_one_core_of_several(spinning, few_cores):
    with CanaryMeter() as meter:
        quiet_s = read_canary_s(meter, min)
        os.sched_setaffinity(0, few_cores[:1])  # the neighbours inherit it; the meter's threads keep their own
        spinning(4)
        os.sched_setaffinity(0, few_cores)
        loaded_s = read_canary_s(meter, statistics.median)
    assert loaded_s > 1.2 * quiet_s


def test_the_slowest_thread_counts_by_the_injected_clock():
    ticks = itertools.count(start=100, step=2)
    with CanaryMeter(clock=lambda: float(next(ticks)), num_cores=1) as meter:
        assert meter.read() == Canary(gemm_s=2.0, copy_s=2.0)


def test_blas_keeps_its_own_number_of_threads_after_a_reading():
    before = blas_threads()
    with CanaryMeter(num_cores=1) as meter:
        meter.read()
        assert blas_threads() == before


def test_a_reading_uses_the_buffers_and_threads_of_the_start():
    with CanaryMeter(num_cores=2) as meter:
        buffers = [id(buffers.product) for buffers in meter._buffers]
        threads = {thread for pool in meter._pools for thread in pool._threads}
        meter.read()
        assert [id(buffers.product) for buffers in meter._buffers] == buffers
        assert {thread for pool in meter._pools for thread in pool._threads} == threads


def test_a_containers_quota_limits_the_canary_to_the_cores_it_leaves(machine):
    with CanaryMeter(probe=machine("container_xeon", affinity=64)) as meter:
        assert len(meter._pools) == 3
