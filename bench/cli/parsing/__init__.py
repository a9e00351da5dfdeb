"""How the command line becomes checked values: options, lists, durations, completion, executors."""
