"""One file per kind of reference page; each has `pages()`: path below docs/reference, and Markdown text."""
