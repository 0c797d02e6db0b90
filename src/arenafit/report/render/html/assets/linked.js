// One selection everywhere: what is kept selected is brought into view in the map, the curve, the tables and the graph.
function into(pane, part) {
  const [frame, box] = [pane.getBoundingClientRect(), part.getBoundingClientRect()];
  const far = (low, high, from, to) => (high < from || low > to ? (low + high - from - to) / 2 : 0);
  const left = far(box.left, box.right, frame.left + (pane.matches(".pane") ? AXIS : 0), frame.right);
  const top = far(box.top, box.bottom, frame.top, frame.bottom);
  if (left || top) pane.scrollBy({ left, top, behavior: "instant" });
}

function reveal(what) {
  if (!what || !selection.pinned) return;
  if (what.model !== shown.model) show(what.model);
  const pane = $(`.map[data-map="${what.model}"] .pane`);
  const box = $(".box-g.on", pane);
  if (box) into(pane, box);
  const row = $("#ops tr.on");
  if (row) into(row.closest(".scroll"), row);
  revealInGraph();
}

function markTensors(what) {
  for (const row of $$("tr[data-buffer].on")) row.classList.remove("on");
  if (!what || what.kind !== "buffer" || (what.model === 1 && !atTheEnd())) return;
  const buffer = data.models[what.model].memory.buffers[what.index];
  for (const row of $$(`[data-model="${what.model}"] tr[data-buffer="${buffer.offset_bytes}"]`)) row.classList.toggle("on", row.dataset.name === buffer.name);
}

function tensorOf(row) {
  const model = Number(row.closest("[data-model]").dataset.model);
  // The tables of tensors are those of the fitted model.
  if (model === 1 && !atTheEnd()) showStep(lastStep());
  const found = data.models[model].memory.buffers.find((buffer) => buffer.offset_bytes === Number(row.dataset.buffer) && buffer.name === row.dataset.name);
  return found ? { model, kind: "buffer", index: found.number } : null;
}

function startTensors() {
  for (const row of $$("tr[data-buffer]")) row.tabIndex = 0;
  const chosen = (event) => {
    const row = event.target.closest("tr[data-buffer]");
    const what = row && tensorOf(row);
    if (what) { event.preventDefault(); select(what, true); }
  };
  $("#tensors").addEventListener("click", chosen);
  $("#tensors").addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") chosen(event); });
}
