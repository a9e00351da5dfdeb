"""The question whether a tutorial's statements hold: claims as data, the trials that speak for them, and verdicts."""
