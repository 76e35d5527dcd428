"""Help for whoever extends the catalogue: proposals for one sheet, remarks on the whole."""
