"""Evidence of a GPU as its process would leave it: kernels by the names that cuDNN 9, XLA and PyTorch give them."""

from bench.gpu.probe import FIRST, PROBED, probed_case
from bench.networks.proof.execution import LayerPath
from bench.store.gpu_evidence import Agreement, BackendEvidence, GpuReading, KernelTime, ProfiledTraining

# As profiles published by others show them, shortened; the last two are of networks without cuDNN.
CUDNN = (
    "void RNN_blockPersist_fp_LSTM<float, float, float, 128>(cudnnRNNParams)",
    "void RNN_blockPersist_bp_LSTM<float, float, float, 128>(cudnnRNNParams)",
    "void persistRNN_addBias<float, float>(int, int)",
)
GENERIC = ("void at::native::vectorized_elementwise_kernel<4, at::native::tanh>(int)", "sm80_xmma_gemm_f32f32_f32f32")
RUNS_CUDNN = ("lstm-cudnn", "gru", "lstm-both-ways")


def make_training(settings, backend="torch", **changes):
    """Return a profiled training as it is on a GPU where all is well."""
    case = probed_case(backend, "gpu", settings)
    is_cudnn = case.model in RUNS_CUDNN
    names = [*(CUDNN if is_cudnn else ()), *GENERIC]
    names += {"on": ["triton_poi_fused_0"], "off": [], "auto": []}[case.jit]
    names += [f"sm80_gemm_{case.precision}"] if case.precision != "float32" else []
    path = LayerPath(layer="lstm_1", path="cudnn" if is_cudnn else "generic loop", evidence="aten::_cudnn_rnn")
    made = ProfiledTraining(
        case=case,
        layer_paths=() if case.model == "cnn" else (path,),
        kernels=tuple(KernelTime(name=name, calls=8, seconds=0.01) for name in names),
        num_launches=8 * len(names) + (80 if case.jit == "off" else 0),
        num_steps=8,
        busy_s=0.45,
        train_s=0.5,
        left_s=1e-5,
        loss=2.1,
    )
    return made.model_copy(update=changes)


def make_evidence(backend="torch", **changes):
    """Return a backend's evidence as it is on a GPU where all is well."""
    made = BackendEvidence(
        backend=backend,
        version="2.13.0",
        device_name="NVIDIA H200",
        trainings=tuple(make_training(settings, backend) for settings in (*FIRST, *PROBED)),
        agreement=Agreement(outputs=2e-6, updates=0.001),
        reading=GpuReading(sm_clock_mhz=1980, memory_clock_mhz=3201, power_w=412.0, energy_j=824.0, seconds=2.0,
                           num_foreign=1, num_foreign_alone=0),
    )  # fmt: skip
    return made.model_copy(update=changes)
