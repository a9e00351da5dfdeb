"""What maintainers run: the gallery, the figures of README and docs, timings, and the published studies."""
