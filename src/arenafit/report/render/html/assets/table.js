// The table of operators: a heading sorts, a filter narrows, a row selects.
const COLUMNS = [
  ["operator", (op) => op.number, (op) => opLabel(op), "text"],
  ["live", (op) => op.live_bytes], ["out", (op) => op.out_bytes], ["tail", (op) => op.tail_bytes],
  ["in", (op) => op.in_bytes, null, "more"], ["scratch", (op) => op.scratch_bytes, null, "more"], ["MACs", (op) => op.macs, null, "more"],
  ["instructions, est.", (op) => op.instructions, null, "more"],
  ["output", (op) => op.output, (op) => op.output, "whole"],
];
// On a phone the table has no room for those with "more": a tap on the row shows them.
const CLASSES = { text: "", whole: "whole more", more: "num more" };
const sorting = { column: 0, down: false };

function drawHeadings(table) {
  const row = element("tr");
  COLUMNS.forEach(([title, , , kind], column) => {
    const button = element("button", { type: "button", "data-sort": column }, title);
    row.append(element("th", { scope: "col", class: CLASSES[kind] ?? "num", "aria-sort": "none" }, button));
  });
  $("thead", table).replaceChildren(row);
}

function drawRows(table) {
  const model = data.models[shown.model];
  const wanted = $("#filter").value.trim().toLowerCase();
  const [, key] = COLUMNS[sorting.column];
  const found = model.operators.filter((op) => `${opLabel(op)} ${op.output}`.toLowerCase().includes(wanted));
  const rank = (op) => key(op) ?? -1;
  found.sort((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : a.number - b.number) * (sorting.down ? -1 : 1));
  const bound = Math.max(model.memory.bound_bytes, 1);
  const rows = found.map((op) => {
    const row = element("tr", { "data-kind": "op", "data-model": shown.model, "data-index": op.number, tabindex: -1 });
    for (const [title, value, text, kind] of COLUMNS) {
      const cell = element("td", { class: CLASSES[kind] ?? "num" }, text ? text(op) : number(value(op)));
      if (kind === "whole") cell.title = op.output;
      if (title === "live") {
        cell.classList.add("bar");
        cell.style.setProperty("--share", `${(100 * (op.live_bytes ?? 0)) / bound}%`);
      }
      row.append(cell);
    }
    return row;
  });
  if (rows.length) rows[0].tabIndex = 0;
  $("tbody", table).replaceChildren(...rows);
  $$("thead th", table).forEach((heading, column) => heading.setAttribute("aria-sort", column !== sorting.column ? "none" : sorting.down ? "descending" : "ascending"));
  $("#count").textContent = found.length === model.operators.length ? `${found.length} operators` : `${found.length} of ${model.operators.length} operators`;
  markRow(selection.current);
}

function markRow(what) {
  for (const row of $$("#ops tr.on")) row.classList.remove("on");
  if (!what || what.model !== shown.model) return;
  const ops = new Set(opsOf(what).map(String));
  for (const row of $$("#ops tbody tr")) if (ops.has(row.dataset.index)) row.classList.add("on");
}

function moveInTable(event) {
  const row = event.target.closest("tbody tr");
  if (!row) return;
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    select(selectionOf(row), true);
    return;
  }
  const next = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling }[event.key];
  if (!next) return;
  event.preventDefault();
  row.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

function startTable() {
  const table = $("#ops");
  drawHeadings(table);
  drawRows(table);
  $("thead", table).addEventListener("click", (event) => {
    const button = event.target.closest("[data-sort]");
    if (!button) return;
    const column = Number(button.dataset.sort);
    // Figures are looked at from the largest down.
    sorting.down = column === sorting.column ? !sorting.down : column > 0 && COLUMNS[column][3] !== "whole";
    sorting.column = column;
    drawRows(table);
  });
  $("tbody", table).addEventListener("click", (event) => select(selectionOf(event.target), true));
  $("tbody", table).addEventListener("keydown", moveInTable);
  $("tbody", table).addEventListener("focusin", (event) => select(selectionOf(event.target)));
  $("#filter").addEventListener("input", () => drawRows(table));
  shown.listeners.push(() => drawRows(table));
  selection.listeners.push(markRow);
}
