// What a page offers beyond reading: search, sorting, copying. Without it nothing is missing but comfort.
(function () {
  "use strict";

  var own = document.currentScript;
  var root = own.getAttribute("data-root");

  function made(tag, text, className) {
    var element = document.createElement(tag);
    if (text) element.textContent = text;
    if (className) element.className = className;
    return element;
  }

  // Search: the index is fetched when somebody turns to it; a script, as a folder has no other way.
  function addSearch(form) {
    var input = form.querySelector("input");
    var results = form.querySelector("ul");
    var status = form.querySelector("[role=status]");
    var limit = 12;

    function plain(text) {
      return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
    }

    function show() {
      var words = plain(input.value).split(/\s+/).filter(Boolean);
      results.textContent = "";
      status.textContent = "";
      if (!words.length || !window.statedataIndex) return;
      var found = window.statedataIndex.filter(function (entry) {
        var text = plain(entry[0] + " " + entry[1]);
        return words.every(function (word) { return text.indexOf(word) >= 0; });
      });
      found.slice(0, limit).forEach(function (entry) {
        var item = made("li");
        var link = made("a", entry[0]);
        link.href = root + entry[2];
        item.appendChild(link);
        item.appendChild(made("span", " " + entry[1], "what"));
        results.appendChild(item);
      });
      status.textContent = found.length > limit
        ? "The first " + limit + " of " + found.length + " pages"
        : found.length === 1 ? "1 page" : found.length + " pages";
    }

    function load() {
      input.removeEventListener("focus", load);
      var script = made("script");
      script.src = root + "search-index.js";
      script.onload = show;
      document.head.appendChild(script);
    }

    input.addEventListener("focus", load);
    input.addEventListener("input", show);
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      var first = results.querySelector("a");
      if (first) first.click();
    });
    form.addEventListener("keydown", function (event) {
      if (event.key === "Escape") { input.value = ""; show(); input.focus(); }
    });
    form.hidden = false;
  }

  // Sorting: by data-sort where a cell has it, else by its text; what has no number comes last.
  function addSorting(table) {
    var heads = Array.prototype.slice.call(table.querySelectorAll("thead th"));
    var body = table.tBodies[0];

    function key(row, column) {
      var cell = row.cells[column];
      var number = cell.getAttribute("data-sort");
      return number === null ? cell.textContent.trim() : number === "" ? null : Number(number);
    }

    function sort(column) {
      var isDown = heads[column].getAttribute("aria-sort") === "ascending";
      var sign = isDown ? -1 : 1;
      Array.prototype.slice.call(body.rows)
        .map(function (row, place) { return { row: row, place: place, key: key(row, column) }; })
        .sort(function (one, other) {
          if (one.key === null || other.key === null) {
            return (one.key === null) - (other.key === null) || one.place - other.place;
          }
          var order = typeof one.key === "number" ? one.key - other.key : one.key.localeCompare(other.key, "en");
          return sign * order || one.place - other.place;
        })
        .forEach(function (each) { body.appendChild(each.row); });
      heads.forEach(function (head) { head.removeAttribute("aria-sort"); });
      heads[column].setAttribute("aria-sort", isDown ? "descending" : "ascending");
    }

    heads.forEach(function (head, column) {
      var button = made("button", head.textContent, "sort");
      button.type = "button";
      button.addEventListener("click", function () { sort(column); });
      head.textContent = "";
      head.appendChild(button);
    });
  }

  // Copying: the text can always be selected by hand.
  function addCopying(paragraph) {
    var text = paragraph.querySelector(".copy");
    var button = made("button", "Copy", "copying");
    var status = made("span", "", "what");
    button.type = "button";
    button.setAttribute("aria-label", "Copy this citation");
    status.setAttribute("role", "status");
    button.addEventListener("click", function () {
      function say(done) { status.textContent = done ? " Copied" : " Selected; copy it with your keyboard"; }
      function select() {
        var range = document.createRange();
        range.selectNodeContents(text);
        var selection = window.getSelection();
        selection.removeAllRanges();
        selection.addRange(range);
        say(false);
      }
      if (navigator.clipboard) {
        navigator.clipboard.writeText(text.textContent).then(function () { say(true); }, select);
      } else {
        select();
      }
    });
    paragraph.appendChild(document.createTextNode(" "));
    paragraph.appendChild(button);
    paragraph.appendChild(status);
  }

  document.querySelectorAll("form.search").forEach(addSearch);
  document.querySelectorAll("table.sortable").forEach(addSorting);
  document.querySelectorAll(".cite").forEach(addCopying);
})();
