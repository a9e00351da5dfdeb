"""Renders analysis into tables, plots, Markdown, HTML and terminal text."""
