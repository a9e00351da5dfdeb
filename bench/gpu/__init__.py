"""The question whether a GPU really runs what the settings say; not part of any run but `prove-gpu`'s."""
