"""What the program does, one function a question: the verbs and a notebook call the same ones; nothing here prints."""
