"""Tables to SQL: types, keys, constraints and comments, derived from each table's schema.

Reads the definitions of ``validate.tables``, gives statements. No table or column is named here.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow

from pipeline.tables.columns import Column, Table

_TYPES = {
    pyarrow.string(): "varchar",
    pyarrow.int64(): "bigint",
    pyarrow.bool_(): "boolean",
}


def create_table(table: Table, keys: dict[str, str]) -> list[str]:
    """The statements that create a table with its comments.

    Args:
        table: the definition.
        keys: the key column of each table that another may refer to.
    """
    lines = [_column(table, name) for name in table.columns]
    # DuckDB holds an index in memory for each key. Of a table that grows with figures, `load`
    # checks them once instead: its rows come in the order of their key.
    if not table.grows_with_figures:
        lines.append(f"primary key ({', '.join(quoted(name) for name in table.key)})")
        lines += [
            f"foreign key ({quoted(name)}) references {quoted(target)} ({quoted(keys[target])})"
            for name, target in references(table)
        ]
    body = ",\n  ".join(lines)
    statements = [f"create table {quoted(table.name)} (\n  {body}\n)"]
    statements.append(comment_on("table", quoted(table.name), table.description))
    for name, column in table.columns.items():
        place = f"{quoted(table.name)}.{quoted(name)}"
        statements.append(comment_on("column", place, meaning(column)))
    return statements


def meaning(column: Column) -> str:
    """A column's meaning with its unit."""
    return f"{column.description} Unit: {column.unit}." if column.unit else column.description


def references(table: Table) -> list[tuple[str, str]]:
    """The columns that refer to other tables, each with the table."""
    return [
        (name, target) for name, column in table.columns.items() if (target := column.refers_to)
    ]


def dangling(table: Table, keys: dict[str, str]) -> Iterator[str]:
    """A query for each reference of a table: the values that the other table does not have."""
    for name, target in references(table):
        yield (
            f"select {literal(name)}, {literal(target)}, {quoted(name)} from {quoted(table.name)} "
            f"where {quoted(name)} is not null and {quoted(name)} not in "
            f"(select {quoted(keys[target])} from {quoted(target)}) limit 1"
        )


def comment_on(kind: str, place: str, comment: str) -> str:
    """The statement that attaches a comment."""
    return f"comment on {kind} {place} is {literal(comment)}"


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def sql_type(table: Table, name: str) -> str:
    """The SQL type of a column; an enumeration where the schema lists its values."""
    enum = table.columns[name].enum
    if enum:
        return f"enum ({', '.join(literal(value) for value in enum)})"
    type_ = table.arrow_type(name)
    if pyarrow.types.is_decimal(type_):
        return f"decimal({type_.precision}, {type_.scale})"
    return _TYPES[type_]


def _column(table: Table, name: str) -> str:
    column = table.columns[name]
    parts = [quoted(name), sql_type(table, name)]
    if not column.nullable:
        parts.append("not null")
    if column.at_least is not None:
        parts.append(f"check ({quoted(name)} >= {column.at_least})")
    if column.is_never_empty:
        parts.append(f"check ({quoted(name)} <> '')")
    return " ".join(parts)
