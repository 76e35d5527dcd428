"""How sheets get into ``raw/``: from files, folders and web addresses, each kept as it came."""
