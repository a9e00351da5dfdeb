"""Networks that are an `nn.Module`: what the worker asks of a Keras model, given for them."""
