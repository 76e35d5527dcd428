"""The tables: what each column is and means, and how a table is held, checked and filed."""
