"""Does a tutorial's statement hold? Claims as data, the trials that speak for them, and verdicts."""
