"""Networks that are an `nn.Module`: what the worker asks of a Keras model, given for them.

`docs/own.md` shows one; `bench.networks.find_framework` tells from its source that it is one.
"""
