"""The question what a folder of runs shows together: by machine and suite, over time, and side by side."""
