"""The comparison with stock Keras and plain PyTorch."""
