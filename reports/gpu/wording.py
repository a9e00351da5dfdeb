"""What is said of each check on a GPU; plain text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from bench.gpu.seen import CheckName, Proof
from bench.units import counted, format_count

STATEMENTS: Mapping[CheckName, str] = {
    "cudnn": "lstm-cudnn runs cuDNN's recurrent kernels",
    "not-cudnn": "lstm-cpu and lstm run none of them on the GPU",
    "agreement": "lstm-cudnn and lstm-cpu with the same weights compute the same",
    "others-on-cudnn": "both directions of an LSTM run cuDNN as Keras comes, and a GRU but on JAX",
    "mixed-precision": "16-bit networks train, the LSTM on cuDNN",
    "compiled": "a compiled step runs fewer kernels, or fused ones",
    "steps": "a step's seconds end when the GPU is done",
    "memory": "the peak of the GPU's memory is measured",
    "nvml": "clocks, power and joules are measured",
    "foreign": "another process on the GPU is seen",
    "oom": "out of memory ends one trial, and the next one runs",
    "in-turns": "trials take turns in one GPU's memory",
    "cpu": "the same networks are measured on GPU and CPU",
    "throughput": "the networks are measured from small batches to large",
}

HOW: Mapping[CheckName, str] = {
    "cudnn": "what the traced step holds, and the kernels' names in the backend's own profile of eight steps",
    "not-cudnn": "likewise",
    "agreement": "outputs for one batch, and the weights after a step of gradient descent; without dropout and TF32",
    "others-on-cudnn": "as lstm-cudnn",
    "mixed-precision": "finite losses, the LSTM's kernels (not on JAX), and other kernels of cnn's than in float32",
    "compiled": "how many kernels a step has in two profiles of cnn, and how many are called fused",
    "steps": "what the GPU still does after the last step of cnn with 512 filters, and its seconds in a profile",
    "memory": "the trials' journals",
    "nvml": "NVML, as cnn with 512 filters has trained",
    "foreign": "NVML, before and while a second process is on the GPU",
    "oom": "trials of an LSTM of 4,096 units at batch 57,344: more than 400 GB of activations",
    "in-turns": "the trials' journals",
    "cpu": "examples per second as `fit` costs, from the trials' journals",
    "throughput": "the trials' journals; the figures are in hardware.md",
}


def word_proofs(proofs: Sequence[Proof]) -> str:
    """Return how many checks came to which verdict, in a sentence."""
    counts = Counter(proof.verdict for proof in proofs)
    named = (f"{format_count(counts[name])} {name}" for name in ("proven", "refuted", "not possible here"))
    return f"{counted(len(proofs), 'check')}: {', '.join(named)}." if proofs else "No backend was asked."
