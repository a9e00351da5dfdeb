"""The code of both sides: revisions of a repository, put where workers import them and nothing else."""
