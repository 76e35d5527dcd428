"""What must hold within and between sheets, and the tables that come of it."""
