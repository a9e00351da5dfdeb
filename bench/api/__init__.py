"""What the program does, one function a question: the verbs and a notebook call the same ones.

Nothing here prints, but for the progress that `notebook` is asked to show.
"""
