// The memory map: time across, addresses upwards; one group per buffer.
const KINDS = [["input", "model or graph input"], ["activation", "activation"], ["output", "output"], ["scratch", "scratch of an operator"], ["orphan", "used by nobody"], ["tail", "tail (persistent)"]];
// Patterns tell the kinds apart without colour.
const STROKES = { input: "M0 0V8M4 0V8", output: "M0 2H8M0 6H8", scratch: "M0 8L8 0M-2 2L2 -2M6 10L10 6", orphan: "M2 2h.6M6 6h.6", tail: "M0 8L8 0M0 0L8 8" };
const zoom = { time: 1, address: 1 };
const HEIGHT = 340;
const AXIS = 74;
const topBytes = Math.max(...data.models.map((model) => model.memory.arena_bytes), 16);

function patterns() {
  const defs = svg("defs");
  for (const [kind, path] of Object.entries(STROKES)) {
    const pattern = svg("pattern", { id: `p-${kind}`, width: 8, height: 8, patternUnits: "userSpaceOnUse" });
    pattern.append(svg("path", { d: path, fill: "none", stroke: "var(--box-ink)", "stroke-width": kind === "orphan" ? 1.6 : 0.8, "stroke-opacity": kind === "tail" ? 0.22 : 0.45 }));
    defs.append(pattern);
  }
  const holder = svg("svg", { width: 0, height: 0, "aria-hidden": "true", style: "position:absolute" });
  holder.append(defs);
  document.body.append(holder);
}

function legend(list) {
  const used = new Set(data.models.flatMap((model) => model.memory.buffers.map((buffer) => buffer.kind)).concat("tail"));
  for (const [kind, text] of KINDS.filter(([name]) => used.has(name))) {
    const sample = svg("svg", { width: 26, height: 16, "aria-hidden": "true" });
    sample.append(svg("rect", { width: 26, height: 16, class: `k-${kind}` }));
    if (STROKES[kind]) sample.append(svg("rect", { width: 26, height: 16, fill: `url(#p-${kind})` }));
    list.append(element("li", {}, sample, text));
  }
  list.append(element("li", {}, "dashed frame: the peak"));
}

function scales(model, width) {
  const memory = model.memory;
  const first = memory.steps[0].scope;
  const stepWidth = Math.max((width * zoom.time) / memory.steps.length, 1.5);
  const height = HEIGHT * zoom.address;
  return { first, stepWidth, width: stepWidth * memory.steps.length, height, x: (scope) => (scope - first) * stepWidth, y: (bytes) => height - (bytes / topBytes) * height };
}

function drawMap(figure) {
  const number_ = Number(figure.dataset.map);
  const model = data.models[number_];
  const pane = $(".pane", figure);
  const scale = scales(model, Math.max(pane.clientWidth - AXIS - 2, 160));
  const drawn = svg("svg", { width: scale.width, height: scale.height, role: "group", class: "boxes", "aria-label": `Memory map of ${model.title}: ${model.memory.buffers.length} buffers; arrow keys move between them` });
  drawTail(drawn, model, number_, scale);
  const order = [...model.memory.buffers].sort((a, b) => b.size_bytes * steps(b) - a.size_bytes * steps(a));
  for (const buffer of order) drawn.append(box(buffer, model, number_, scale));
  nameBoxes(drawn, order, scale);
  drawMarks(drawn, model, scale);
  const plot = element("div", { class: "plot" });
  plot.append(addressAxis(scale), drawn, ...stepAxis(model, scale), ...liveCurve(model, scale));
  pane.replaceChildren(plot);
  const start = $(".box-g", drawn);
  if (start) start.setAttribute("tabindex", "0");
}

function addressAxis(scale) {
  const axis = svg("svg", { width: AXIS, height: scale.height, class: "axis", "aria-hidden": "true" });
  const count = Math.max(4, Math.round(scale.height / 70));
  for (let tick = 0; tick <= count; tick += 1) {
    const bytes = (topBytes * tick) / count;
    const y = clamp(scale.y(bytes) + 4, 10, scale.height - 2);
    axis.append(words("text", { x: AXIS - 6, y, "text-anchor": "end" }, number(Math.round(bytes))));
  }
  return axis;
}

function box(buffer, model, which, scale) {
  const x = scale.x(buffer.first);
  const y = scale.y(buffer.end_bytes);
  const width = Math.max(steps(buffer) * scale.stepWidth, 1);
  const height = Math.max(scale.y(buffer.offset_bytes) - y, 1.2);
  const label = `${buffer.name}, ${buffer.kind}, ${number(buffer.size_bytes)} bytes at ${number(buffer.offset_bytes)}, ${stepText(model, buffer.first)} to ${stepText(model, buffer.last)}`;
  const group = svg("g", { class: "box-g", "data-kind": "buffer", "data-model": which, "data-index": buffer.number, tabindex: -1, role: "button", "aria-label": label });
  group.append(svg("rect", { x, y, width, height, class: `box k-${buffer.kind}` }));
  if (STROKES[buffer.kind]) group.append(svg("rect", { x, y, width, height, fill: `url(#p-${buffer.kind})`, class: "overlay" }));
  return group;
}

// Names stand above all boxes, the largest first, wherever they cover no other name: boxes may share memory.
function nameBoxes(drawn, order, scale) {
  const taken = [];
  for (const buffer of order) {
    const x = scale.x(buffer.first);
    const y = scale.y(buffer.end_bytes);
    const width = steps(buffer) * scale.stepWidth;
    const height = scale.y(buffer.offset_bytes) - y;
    const room = Math.floor((width - 8) / 6.4);
    if (height < 13 || room < 6) continue;
    const lines = [shortened(buffer.name, room)];
    if (height > 30 && room > 8) lines.push(`${number(buffer.size_bytes)} B`);
    const place = { left: x + 4, right: x + 4 + lines[0].length * 6.4, top: y, bottom: y + 2 + 14 * lines.length };
    if (taken.some((other) => other.left < place.right && place.left < other.right && other.top < place.bottom && place.top < other.bottom)) continue;
    taken.push(place);
    lines.forEach((line, at) => drawn.append(words("text", { x: x + 4, y: y + 12 + 14 * at, class: "box-text" }, line)));
  }
}

function drawTail(drawn, model, which, scale) {
  let high = model.memory.arena_bytes;
  model.memory.tail.forEach((part, index) => {
    const y = scale.y(high);
    const height = Math.max(scale.y(high - part.size_bytes) - y, 0.8);
    high -= part.size_bytes;
    const group = svg("g", { class: "box-g", "data-kind": "tail", "data-model": which, "data-index": index, tabindex: -1, role: "button", "aria-label": `tail: ${part.category} ${number(part.size_bytes)} B` });
    group.append(svg("rect", { x: 0, y, width: scale.width, height, class: "box k-tail" }), svg("rect", { x: 0, y, width: scale.width, height, fill: "url(#p-tail)", class: "overlay" }));
    if (height > 13) group.append(words("text", { x: 6, y: y + height / 2 + 4, class: "box-text" }, `tail: ${part.category} ${number(part.size_bytes)} B`));
    drawn.append(group);
  });
}

function drawMarks(drawn, model, scale) {
  const { memory } = model;
  const peak = memory.steps[memory.peak];
  const top = scale.y(memory.head_bytes);
  drawn.append(svg("line", { x1: 0, x2: scale.width, y1: top, y2: top, class: "guide" }));
  const headText = words("text", { x: scale.width - 4, y: Math.max(top - 4, 11), class: "guide-text", "text-anchor": "end" }, `head ${number(memory.head_bytes)} B`);
  const x = scale.x(peak.scope);
  drawn.append(svg("rect", { x, y: Math.min(top, scale.height - 2), width: Math.max(scale.stepWidth, 2), height: scale.height - top, class: "peak-band" }));
  const right = x > scale.width / 2;
  const peakText = words("text", { x: right ? x : x + Math.max(scale.stepWidth, 2), y: Math.max(top - 4, 11), class: "guide-text", "text-anchor": right ? "end" : "start" }, `▼ peak ${number(peak.live_bytes)} B`);
  if (scale.width > 420 && !(right && x > scale.width - 260)) drawn.append(headText);
  drawn.append(peakText);
}

function goToPeak() {
  for (const figure of $$(".map")) {
    const model = data.models[Number(figure.dataset.map)];
    const pane = $(".pane", figure);
    const scale = scales(model, Math.max(pane.clientWidth - AXIS - 2, 160));
    pane.scrollLeft = scale.x(model.memory.steps[model.memory.peak].scope) - pane.clientWidth / 2 + AXIS;
  }
  const model = data.models[shown.model];
  const op = model.memory.steps[model.memory.peak].op;
  if (op !== null) select({ model: shown.model, kind: "op", index: op }, true);
}

function zoomMap(axis, by) {
  if (axis === "peak") return goToPeak();
  const before = $$(".pane").map((pane) => [(pane.scrollLeft + pane.clientWidth / 2) / pane.scrollWidth, (pane.scrollTop + pane.clientHeight / 2) / pane.scrollHeight]);
  if (axis === "reset") Object.assign(zoom, { time: 1, address: 1 });
  else zoom[axis] = clamp(zoom[axis] * by, 1, axis === "time" ? 64 : 16);
  drawMaps();
  $$(".pane").forEach((pane, place) => {
    pane.scrollLeft = before[place][0] * pane.scrollWidth - pane.clientWidth / 2;
    pane.scrollTop = before[place][1] * pane.scrollHeight - pane.clientHeight / 2;
  });
  return undefined;
}

function drawMaps() {
  for (const figure of $$(".map")) drawMap(figure);
  markSelected(selection.current);
}

function markSelected(what) {
  for (const group of $$(".box-g.on")) group.classList.remove("on");
  if (!what) return;
  const found = $$(`.map [data-model="${what.model}"].box-g`).filter((group) => isTouched(group, what));
  for (const group of found) group.classList.add("on");
}

function isTouched(group, what) {
  const { kind } = group.dataset;
  if (kind === what.kind) return Number(group.dataset.index) === what.index;
  if (kind !== "buffer" || what.kind !== "op") return false;
  const buffer = data.models[what.model].memory.buffers[Number(group.dataset.index)];
  return buffer.producer === what.index || buffer.consumers.includes(what.index);
}

function selectionOf(target) {
  const group = target.closest && target.closest("[data-kind]");
  return group ? { model: Number(group.dataset.model), kind: group.dataset.kind, index: Number(group.dataset.index) } : null;
}

// Arrow keys: left and right by time, up and down by address.
function moveInMap(event) {
  const from = event.target.closest(".box-g");
  const by = { ArrowRight: ["first", 1], ArrowLeft: ["first", -1], ArrowUp: ["offset_bytes", 1], ArrowDown: ["offset_bytes", -1] }[event.key];
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    select(selectionOf(event.target), true);
    return;
  }
  if (!from || !by) return;
  event.preventDefault();
  const { buffers } = data.models[Number(from.dataset.model)].memory;
  const [key, direction] = by;
  const order = [...buffers].sort((a, b) => a[key] - b[key] || a.number - b.number);
  const at = from.dataset.kind === "tail" ? -1 : order.findIndex((buffer) => buffer.number === Number(from.dataset.index));
  const next = order[clamp(at + direction, 0, order.length - 1)];
  const group = next && $(`[data-kind="buffer"][data-index="${next.number}"]`, from.ownerSVGElement);
  if (!group) return;
  from.setAttribute("tabindex", "-1");
  group.setAttribute("tabindex", "0");
  group.focus();
}
