"""Documents as text, HTML, JSON, Markdown and the formats of other tools."""
