"""Renders a document as JSON."""

import json

from arenafit.report.documents.document import Document, plain


def render(document: Document) -> str:
    """Return the document as indented JSON."""
    return json.dumps(plain(document), indent=2)
