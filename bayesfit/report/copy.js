// A button under each table that copies it: a table for documents and sheets, Markdown for text.
(() => {
  "use strict";
  const LASTS = 2000; // ms that the button says what it did

  // A cell: what stands below its number goes into brackets behind it.
  function textOf(cell) {
    const [first, ...rest] = cell.innerText.trim().split(/\s*\n\s*/);
    return (rest.length ? `${first} (${rest.join("; ")})` : first).replaceAll("|", "\\|");
  }

  function markdownOf(table) {
    const rows = Array.from(table.rows, (row) => Array.from(row.cells, textOf));
    const rule = rows[0].map((_, i) => (i ? "--:" : ":--"));
    return [rows[0], rule, ...rows.slice(1)].map((row) => `| ${row.join(" | ")} |`).join("\n");
  }

  // Works without a network, from a file, in every browser; the newer way asks for permission.
  function copy(table) {
    const fill = (event) => {
      event.clipboardData.setData("text/html", table.outerHTML);
      event.clipboardData.setData("text/plain", markdownOf(table));
      event.preventDefault();
    };
    document.addEventListener("copy", fill);
    const done = document.execCommand("copy");
    document.removeEventListener("copy", fill);
    return done;
  }

  for (const table of document.querySelectorAll(".scroll > table")) {
    const line = document.createElement("p");
    line.className = "copy";
    const button = line.appendChild(document.createElement("button"));
    button.type = "button";
    button.textContent = "Copy table";
    button.addEventListener("click", () => {
      button.textContent = copy(table) ? "Copied" : "This browser does not copy";
      setTimeout(() => (button.textContent = "Copy table"), LASTS);
    });
    table.parentElement.after(line);
  }
})();
