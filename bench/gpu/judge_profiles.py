"""The checks that a profile, the two variants side by side, or NVML decide."""

from __future__ import annotations

import re

from bench.gpu.seen import Judged, Seen, cudnn_kernels, judge_each, unseen
from bench.store.gpu_evidence import MAX_TEXT, ProfiledTraining
from bench.units import counted, format_count, format_percent, format_seconds

MAX_OUTPUT_DIFFERENCE = 1e-4  # of a probability
MAX_UPDATE_DIFFERENCE = 0.01  # of the length of all changes
LEAST_BUSY, MOST_BUSY = 0.5, 1.02  # of a training's seconds
MAX_LEFT = 0.25  # of a step's seconds of computing
_SHOWN = 3
_FUSED = re.compile(r"fusion|triton_")  # as XLA and TorchInductor name what they make


def judge_cudnn(seen: Seen) -> Judged:
    """Judge whether `lstm-cudnn` ran cuDNN."""
    return _ran_cudnn(seen, seen.training("lstm-cudnn"))


def judge_others_on_cudnn(seen: Seen) -> Judged:
    """Judge whether a GRU and a bidirectional LSTM ran cuDNN as Keras comes; on JAX Keras has none for a GRU."""
    models = ["lstm-both-ways"] if seen.evidence.backend == "jax" else ["gru", "lstm-both-ways"]
    return judge_each((model, _ran_cudnn(seen, seen.training(model))) for model in models)


def judge_not_cudnn(seen: Seen) -> Judged:
    """Judge whether the two networks that must not run cuDNN did not."""
    return judge_each((model, _ran_none(seen, seen.training(model))) for model in ("lstm-cpu", "lstm"))


def _ran_cudnn(seen: Seen, training: ProfiledTraining | None) -> Judged:
    """Judge whether a training ran cuDNN: by what was traced of each layer, and by the kernels in the profile."""
    if training is None:
        return unseen(seen)
    if training.error:
        return _failed(training.error)
    paths = {path.path for path in training.layer_paths}
    traced = "; ".join(dict.fromkeys(path.evidence for path in training.layer_paths))[:MAX_TEXT]
    text = f"{traced}; {_name_kernels(training)}"
    if paths != {"cudnn"}:
        return "refuted", text
    if cudnn_kernels(training):
        return "proven", text
    if not training.num_launches:
        return "not possible here", text
    longest = ", ".join(_short(kernel.name) for kernel in training.kernels[:_SHOWN])
    return "not possible here", f"{text}; does cuDNN call them otherwise now? The longest: {longest}"


def _ran_none(seen: Seen, training: ProfiledTraining | None) -> Judged:
    """Judge whether a training ran none of cuDNN's recurrent kernels, where it is known what they are called here."""
    if training is None:
        return unseen(seen)
    if training.error:
        return _failed(training.error)
    text = _name_kernels(training)
    if cudnn_kernels(training) or any(path.path == "cudnn" for path in training.layer_paths):
        return "refuted", text
    if not training.num_launches:
        return "not possible here", text
    if not seen.knows_cudnn:
        return "not possible here", f"{text}, and none in any other profile here: they may have other names now"
    return "proven", text


def _failed(error: str) -> Judged:
    """Judge a training that did not end: a kernel that is not what it must be refutes, what is missing does not."""
    return ("refuted" if error.startswith("KernelPathError") else "not possible here"), error


def _name_kernels(training: ProfiledTraining) -> str:
    if not training.num_launches:
        return "the profile has no kernels (may this user read the GPU's counters?)"
    names = dict.fromkeys(_short(kernel.name) for kernel in cudnn_kernels(training))
    shown = f"cuDNN's {', '.join(list(names)[:_SHOWN])}" if names else "none of cuDNN's recurrent kernels"
    return f"{shown}, in {counted(training.num_launches, 'kernel')} of {counted(training.num_steps or 0, 'step')}"


def _short(name: str) -> str:
    """Return a kernel's name without what a template and a call add to it."""
    return name.removeprefix("void ").partition("<")[0].partition("(")[0]


def judge_agreement(seen: Seen) -> Judged:
    """Judge whether the two variants with the same weights compute the same."""
    found = seen.evidence.agreement
    if found is None:
        return unseen(seen, "agreement")
    agrees = found.outputs <= MAX_OUTPUT_DIFFERENCE and found.updates <= MAX_UPDATE_DIFFERENCE
    text = (
        f"probabilities differ by {found.outputs:.1e} (at most {MAX_OUTPUT_DIFFERENCE:.0e}), a step's weight changes "
        f"by {format_percent(round(found.updates, 4))} (at most {format_percent(MAX_UPDATE_DIFFERENCE)})"
    )
    return ("proven" if agrees else "refuted"), text


def judge_mixed(seen: Seen) -> Judged:
    """Judge whether networks train in 16 bits, the LSTM on cuDNN; JAX has no cuDNN LSTM of 16 bits."""
    half = seen.training("lstm-cudnn", precision="mixed_float16")
    lstm = [] if seen.evidence.backend == "jax" else [("lstm-cudnn in float16", _ran_cudnn(seen, half)),
                                                      ("its loss", _trained(seen, half))]  # fmt: skip
    cnns = [
        (f"cnn in {precision.removeprefix('mixed_')}", _in_other_kernels(seen, precision))
        for precision in ("mixed_float16", "mixed_bfloat16")
    ]
    return judge_each([*lstm, *cnns])


def _trained(seen: Seen, training: ProfiledTraining | None) -> Judged:
    if training is None:
        return unseen(seen)
    if training.error:
        return _failed(training.error)
    if training.loss is None:
        return "refuted", "not finite"
    return "proven", f"{training.loss:.3g}"


def _in_other_kernels(seen: Seen, precision: str) -> Judged:
    """Judge whether `cnn` trained in 16 bits: with a finite loss, and by other kernels than in 32 bits."""
    half, full = seen.training("cnn", precision=precision), [seen.training("cnn", jit=jit) for jit in ("on", "off")]
    verdict, loss = _trained(seen, half)
    if verdict != "proven" or half is None:
        return verdict, loss
    known = {kernel.name for one in full if one for kernel in one.kernels}
    if not (known and half.kernels):
        return "not possible here", f"loss {loss}; no profile to compare its kernels with"
    others = {kernel.name for kernel in half.kernels} - known
    text = f"loss {loss}, {counted(len(others), 'kernel')} that float32 does not have"
    return ("proven" if others else "refuted"), text


def judge_compiled(seen: Seen) -> Judged:
    """Judge whether compiling a step changed which kernels ran."""
    on, off = (seen.training("cnn", jit=jit) for jit in ("on", "off"))
    if on is None or off is None:
        return unseen(seen)
    if on.error or off.error:
        return _failed(on.error or off.error or "")
    if not (on.num_launches and off.num_launches):
        return "not possible here", "the profile has no kernels"
    compiled, uncompiled = (one.num_launches / (one.num_steps or 1) for one in (on, off))
    num_fused, num_before = (sum(bool(_FUSED.search(kernel.name)) for kernel in one.kernels) for one in (on, off))
    text = (
        f"{compiled:,.0f} kernels a step compiled, {uncompiled:,.0f} not; "
        f"{counted(num_fused, 'fused kernel')} compiled, {format_count(num_before)} not"
    )
    return ("proven" if compiled < uncompiled or (num_fused and not num_before) else "refuted"), text


def judge_steps(seen: Seen) -> Judged:
    """Judge whether a step's end is the GPU's: nothing is left then, and the seconds hold all that it computed."""
    training = next((one for one in seen.evidence.trainings if one.case.filters is not None), None)
    if training is None:
        return unseen(seen)
    if training.error or not training.num_launches or not training.train_s:
        return "not possible here", training.error or "the profile has no kernels"
    share, step_s = training.busy_s / training.train_s, training.busy_s / (training.num_steps or 1)
    text = (
        f"the GPU took {format_seconds(training.left_s)} more after the last step, each of which keeps it busy for "
        f"{format_seconds(step_s)}; kernels ran for {format_seconds(training.busy_s)} of the ledger's "
        f"{format_seconds(training.train_s)} ({format_percent(round(share, 3))})"
    )
    if training.left_s > MAX_LEFT * step_s or share > MOST_BUSY:
        return "refuted", text
    if share < LEAST_BUSY:
        return (
            "not possible here",
            f"{text}: it waits for the host, so that a step that ended early would not show",
        )
    return "proven", text


def judge_nvml(seen: Seen) -> Judged:
    """Judge whether NVML told clocks, power and energy."""
    reading = seen.evidence.reading
    if reading is None:
        return unseen(seen, "reading")
    told = {
        "clock": reading.sm_clock_mhz, "memory clock": reading.memory_clock_mhz, "power": reading.power_w,
        "energy": reading.energy_j,
    }  # fmt: skip
    missing = [name for name, value in told.items() if not value]
    if missing:
        return "not possible here", f"NVML does not tell {', '.join(missing)}"
    text = (
        f"{format_count(reading.sm_clock_mhz)} MHz, memory {format_count(reading.memory_clock_mhz)} MHz, "
        f"{reading.power_w:.0f} W at the end, {(reading.energy_j or 0.0) / reading.seconds:.0f} W over "
        f"{format_seconds(reading.seconds)} of training"
    )
    return "proven", text


def judge_foreign(seen: Seen) -> Judged:
    """Judge whether another process on the GPU was seen."""
    reading = seen.evidence.reading
    if reading is None:
        return unseen(seen, "reading")
    alone, beside = reading.num_foreign_alone, reading.num_foreign
    if alone is None or beside is None:
        return "not possible here", (
            "the second process did not start, or NVML lists processes under other ids, as in a container"
        )
    text = f"{format_count(beside)} with the second one running, {format_count(alone)} before"
    return ("proven" if beside > alone else "refuted"), text
