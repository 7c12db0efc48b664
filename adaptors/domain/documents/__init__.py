"""How a document is made from records: composed, produced, checked."""
