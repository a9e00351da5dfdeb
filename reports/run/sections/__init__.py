"""The report's sections; each function takes a summary and returns Markdown in which every name is inert."""
