"""What this machine is: environment, fingerprint, devices, noise, and the lock that keeps measurements apart."""
