"""What is read from this machine while it works: processor, memory, limits, energy, noise, the canary, GPUs."""
