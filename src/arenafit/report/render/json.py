"""Renders a document as JSON."""

from arenafit.report.documents.document import Document


def render(document: Document) -> str:
    """Return the document as indented JSON."""
    return document.to_json()
