"""The checks that a profile, the two variants side by side, or NVML decide."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bench.gpu.evidence import ProfiledTraining
from bench.gpu.seen import Judged, Seen, unseen, worst
from bench.units import counted, format_count, format_percent, format_seconds

MAX_OUTPUT_DIFFERENCE = 1e-4  # of a probability
MAX_UPDATE_DIFFERENCE = 0.01  # of the length of all changes
_SHOWN = 3
_FUSED = re.compile(r"fusion|triton_")  # as XLA and TorchInductor name what they make
LEAST_BUSY, MOST_BUSY = 0.5, 1.02  # of a training's seconds


def judge_cudnn(seen: Seen) -> Judged:
    """Judge whether `lstm-cudnn` ran cuDNN."""
    return _on_cudnn(seen, [("lstm-cudnn", {})])


def judge_others_on_cudnn(seen: Seen) -> Judged:
    """Judge whether a GRU and a bidirectional LSTM ran cuDNN as Keras comes; on JAX Keras has none for a GRU."""
    models = ["lstm-both-ways"] if seen.evidence.backend == "jax" else ["gru", "lstm-both-ways"]
    return _on_cudnn(seen, [(model, {}) for model in models])


def _on_cudnn(seen: Seen, asked: Sequence[tuple[str, Mapping[str, str]]]) -> Judged:
    """Judge whether trainings ran cuDNN: by what was traced of each layer, and by the kernels in the profile."""
    texts, verdicts = [], []
    for model, settings in asked:
        training = seen.training(model, **settings)
        verdict, text = _ran_cudnn(training) if training else unseen(seen)
        verdicts.append(verdict)
        texts.append(f"{model}: {text}")
    return worst(verdicts), "; ".join(texts)


def _ran_cudnn(training: ProfiledTraining) -> Judged:
    if training.error:
        return _failed(training.error)
    paths = {path.path for path in training.layer_paths}
    traced = "; ".join(dict.fromkeys(path.evidence for path in training.layer_paths))
    if not training.num_launches:
        return "not possible here", f"{traced}; the profile has no kernels (may this user read the GPU's counters?)"
    text = f"{traced}; {_name_kernels(training)}"
    if paths != {"cudnn"}:
        return "refuted", text
    if training.cudnn_kernels:
        return "proven", text
    longest = ", ".join(_short(kernel.name) for kernel in training.kernels[:_SHOWN])
    return "not possible here", f"{text}; does cuDNN call them otherwise now? The longest: {longest}"


def _failed(error: str) -> Judged:
    """Judge a training that did not end: a kernel that is not what it must be refutes, what is missing does not."""
    return ("refuted" if error.startswith("KernelPathError") else "not possible here"), error


def _name_kernels(training: ProfiledTraining) -> str:
    names = [_short(kernel.name) for kernel in training.cudnn_kernels]
    shown = ", ".join(dict.fromkeys(names[:_SHOWN]))
    of_all = f"of {format_count(training.num_launches)} kernels in {format_count(training.num_steps)} steps"
    return f"{shown} {of_all}" if shown else f"none of cuDNN's recurrent ones {of_all}"


def _short(name: str) -> str:
    """Return a kernel's name without what a template and a call add to it."""
    return name.removeprefix("void ").partition("<")[0].partition("(")[0]


def judge_not_cudnn(seen: Seen) -> Judged:
    """Judge whether the two networks that must not run cuDNN did not."""
    texts, verdicts = [], []
    for model in ("lstm-cpu", "lstm"):
        training = seen.training(model)
        verdict, text = _ran_none(training) if training else unseen(seen)
        verdicts.append(verdict)
        texts.append(f"{model}: {text}")
    return worst(verdicts), "; ".join(texts)


def _ran_none(training: ProfiledTraining) -> Judged:
    if training.error:
        return "not possible here", training.error
    if not training.num_launches:
        return "not possible here", "the profile has no kernels"
    is_traced = any(path.path == "cudnn" for path in training.layer_paths)
    return ("refuted" if is_traced or training.cudnn_kernels else "proven"), _name_kernels(training)


def judge_agreement(seen: Seen) -> Judged:
    """Judge whether the two variants with the same weights compute the same."""
    found = seen.evidence.agreement
    if found is None:
        return unseen(seen)
    agrees = found.outputs <= MAX_OUTPUT_DIFFERENCE and found.updates <= MAX_UPDATE_DIFFERENCE
    text = (
        f"probabilities differ by at most {found.outputs:.1e} (expected {MAX_OUTPUT_DIFFERENCE:.0e}), a step's changes "
        f"by {format_percent(round(found.updates, 4))} of theirs "
        f"(expected {format_percent(MAX_UPDATE_DIFFERENCE)})"
    )
    return ("proven" if agrees else "refuted"), text


def judge_mixed(seen: Seen) -> Judged:
    """Judge whether networks train in 16 bits, the LSTM on cuDNN."""
    verdict, text = _on_cudnn(seen, [("lstm-cudnn", {"precision": "mixed_float16"})])
    verdicts, texts = [verdict], [f"{text} (float16)"]
    for precision in ("mixed_float16", "mixed_bfloat16"):
        training = seen.training("cnn", precision=precision)
        verdict, text = _trained(training) if training else unseen(seen)
        verdicts.append(verdict)
        texts.append(f"cnn in {precision}: {text}")
    return worst(verdicts), "; ".join(texts)


def _trained(training: ProfiledTraining) -> Judged:
    if training.error:
        return _failed(training.error)
    if training.loss is None:
        return "refuted", "the loss is not finite"
    return "proven", f"loss {training.loss:.3g}"


def judge_compiled(seen: Seen) -> Judged:
    """Judge whether compiling a step changed which kernels ran."""
    on, off = (seen.training("cnn", jit=jit) for jit in ("on", "off"))
    if on is None or off is None:
        return unseen(seen)
    if on.error or off.error:
        return _failed(on.error or off.error or "")
    if not (on.num_launches and off.num_launches):
        return "not possible here", "the profile has no kernels"
    fused = [{kernel.name for kernel in one.kernels if _FUSED.search(kernel.name)} for one in (on, off)]
    compiled, uncompiled = (one.num_launches / (one.num_steps or 1) for one in (on, off))
    num_new = len(fused[0] - fused[1])
    text = (
        f"{compiled:,.0f} kernels a step compiled, {uncompiled:,.0f} not; "
        f"{counted(num_new, 'fused kernel')} in the compiled one alone"
    )
    return ("proven" if compiled < uncompiled or num_new else "refuted"), text


def judge_steps(seen: Seen) -> Judged:
    """Judge whether the ledger's seconds hold all that the GPU computed."""
    training = next((one for one in seen.evidence.trainings if _is_heavy(one)), None)
    if training is None:
        return unseen(seen)
    if training.error or not training.num_launches or not training.train_s:
        return "not possible here", training.error or "the profile has no kernels"
    share = training.busy_s / training.train_s
    text = (
        f"the GPU computed for {format_seconds(training.busy_s)} of the {format_seconds(training.train_s)} that the "
        f"ledger has for {format_count(training.num_steps)} steps ({format_percent(round(share, 3))})"
    )
    if share < LEAST_BUSY:
        return "not possible here", f"{text}: too little to show a step that ended early"
    return ("proven" if share <= MOST_BUSY else "refuted"), text


def _is_heavy(training: ProfiledTraining) -> bool:
    return training.case.filters is not None


def judge_nvml(seen: Seen) -> Judged:
    """Judge whether NVML told clocks, power and energy."""
    reading = seen.evidence.reading
    if reading is None:
        return unseen(seen)
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
        return unseen(seen)
    alone, beside = reading.num_foreign_alone, reading.num_foreign
    if alone is None or beside is None:
        return "not possible here", (
            "the second process did not start, or NVML lists processes under other ids, as in a container"
        )
    text = f"{format_count(beside)} besides its own while there was one, {format_count(alone)} before it"
    return ("proven" if beside > alone else "refuted"), text
