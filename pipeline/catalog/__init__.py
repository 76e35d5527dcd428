"""The publisher, as checked data: metrics, wordings, qualifiers, jurisdictions."""
