"""Layers that compute what Keras' own do, with the same weights, faster on a CPU; imported by builders alone.

The modules import TensorFlow and Keras at their top, so they stand apart from the package that the parent lists.
"""
