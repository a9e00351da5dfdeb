"""What the evidence amounts to: of each check whether it is proven, refuted, or not possible here, and by what."""

from __future__ import annotations

from collections.abc import Mapping

from bench.gpu import judge_profiles, judge_trials
from bench.gpu.seen import CheckName, Judge, Proof, Seen


def judge_backend(seen: Seen) -> tuple[Proof, ...]:
    """Return what was found of each check with one backend."""
    return tuple(Proof(name, seen.evidence.backend, *judge(seen)) for name, judge in _JUDGES.items())


_JUDGES: Mapping[CheckName, Judge] = {
    "cudnn": judge_profiles.judge_cudnn,
    "not-cudnn": judge_profiles.judge_not_cudnn,
    "agreement": judge_profiles.judge_agreement,
    "others-on-cudnn": judge_profiles.judge_others_on_cudnn,
    "mixed-precision": judge_profiles.judge_mixed,
    "compiled": judge_profiles.judge_compiled,
    "steps": judge_profiles.judge_steps,
    "memory": judge_trials.judge_memory,
    "nvml": judge_profiles.judge_nvml,
    "foreign": judge_profiles.judge_foreign,
    "oom": judge_trials.judge_oom,
    "in-turns": judge_trials.judge_in_turns,
    "cpu": judge_trials.judge_cpu,
    "throughput": judge_trials.judge_throughput,
}
