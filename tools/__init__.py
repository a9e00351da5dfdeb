"""What maintainers run: the gallery, the README's figures, timings, and the published studies."""
