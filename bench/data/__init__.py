"""Data sets: the bundled MNIST and the user's own, checked before anything trains on them."""
