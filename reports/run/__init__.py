"""The report of one run: Markdown, HTML, figures."""
