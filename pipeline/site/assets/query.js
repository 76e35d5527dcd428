// The query page: SQLite in the page, on the table that query-data.js holds.
(function () {
  "use strict";

  var LIMIT = 500;
  var form = document.querySelector("form.query");
  var input = form.querySelector("textarea");
  var status = form.querySelector("[role=status]");
  var table = document.querySelector("table");
  var database;

  // What has no shape of its own, or turns the direction of its neighbors, is named instead.
  function visible(value) {
    return String(value).replace(/[^\P{C}\n\t]/gu, function (char) {
      return "\u27e8U+" + char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0") + "\u27e9";
    });
  }

  function cells(row, values, tag) {
    values.forEach(function (value) {
      var cell = document.createElement(tag);
      if (tag === "th") cell.scope = "col";
      cell.textContent = value === null ? "" : visible(value);
      row.appendChild(cell);
    });
  }

  function show(columns, rows) {
    table.tHead.textContent = "";
    table.tBodies[0].textContent = "";
    if (columns.length) cells(table.tHead.insertRow(), columns, "th");
    rows.forEach(function (row) { cells(table.tBodies[0].insertRow(), row, "td"); });
  }

  function run() {
    var columns = [], rows = [], more = false;
    try {
      var statement = database.prepare(input.value);
      try {
        columns = statement.getColumnNames();
        while (!more && statement.step()) {
          if (rows.length === LIMIT) more = true;
          else rows.push(statement.get());
        }
      } finally {
        statement.free();
      }
      show(columns, rows);
      status.textContent = more ? "The first " + LIMIT + " rows" : rows.length === 1 ? "1 row" : rows.length + " rows";
    } catch (error) {
      show([], []);
      status.textContent = "SQLite says: " + visible(error.message || error);
    }
  }

  async function open() {
    var packed = Uint8Array.from(atob(window.statedataFigures), function (char) { return char.charCodeAt(0); });
    var stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    var bytes = new Uint8Array(await new Response(stream).arrayBuffer());
    var engine = await window.initSqlJs();
    database = new engine.Database(bytes);
  }

  form.addEventListener("submit", function (event) { event.preventDefault(); run(); });
  input.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); run(); }
  });
  form.querySelectorAll(".example").forEach(function (button) {
    button.addEventListener("click", function () { input.value = button.getAttribute("data-sql"); run(); });
  });
  open().then(
    function () { form.hidden = false; run(); },
    function (error) { form.hidden = false; form.textContent = "This browser cannot open the table (" + error + "); the downloads have it."; }
  );
})();
