"""The page of a GPU's proof, and the same for a terminal."""
