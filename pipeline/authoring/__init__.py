"""Help for whoever extends the catalog: proposals for one sheet, remarks on the whole."""
