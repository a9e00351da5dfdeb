"""The machine: environment, fingerprint, devices, noise, and the lock that prevents simultaneous measurements."""
