"""From printed fact sheets to a released dataset.

One figure, for example the ``8,597`` of ``raw/2023/kentucky.txt``, travels through these
modules in this order, and imports point only backwards along it:

1. ``model``, ``checks``          the nouns: span, figure, statement, numeral, finding; every check by name
2. ``catalog``                    the publisher: all knowledge of its wording, as checked data
3. ``sheets.collect``             which files lie in ``raw/``, with bytes and sha256
4. ``sheets.extract``             bytes of a text, PDF, HTML or DOCX to text, page by page
5. ``sheets.normalize``           text to canonical text, with a map back to every raw character
6. ``parse.sheet``                canonical text to statements, numerals and findings of one sheet
7. ``validate.schemas``           what must hold within a sheet: pandera, over many at once
8. ``validate.cross_checks``      what must hold between the sheets of a year;
   ``validate.pending``           and which newer text waits, as it would revise what is published
9. ``validate.observations``      accepted statements to one row per year, jurisdiction and metric;
   ``validate.figures``           and to what readers could ask for, present or absent
10. ``warehouse.load``            tables and views in one DuckDB file, swapped in atomically
11. ``release.export``            Parquet, CSV and metadata in an immutable folder
    ``site``                      and that folder as pages that people read
12. ``build``                     all of the above in a row, a call a step; ``outcome``, what it made;
    ``progress``                  who is told of it;
    ``unchanged``                 or that nothing has changed since; ``acceptance``, what may be released;
    ``rebuild``                   a release built again from raw sheets, to verify it
    ``defs``                      the same steps as Dagster assets, by hand, schedule or sensor
13. ``alerts``, ``cli.status``    what an operator is told, and can ask
14. ``authoring``                 for whoever extends the catalog: proposals, remarks, one sheet
15. ``cli``                       ``statedata``: building and explaining; taking sheets in; releases

``storage`` and ``tables`` lie beneath all of it: whole files, one writer, every column once.

``steps`` takes many sheets through stops 3 to 9, a bucket at a time, by ``executors``; ``parts``
keeps what it made of those that have not changed, and ``stages`` what stands between the steps.

A sheet gets into ``raw/`` by hand or by ``intake``, which reads it with stops 4 to 7 to find out
whose it is, and never changes a file that lies there.

Logic is pure; files, clock and environment are touched at the rim only (collect, intake,
load, export, versions, cli). Nothing left of ``defs`` imports Dagster.
"""
