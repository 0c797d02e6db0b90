// The memory map: time across, addresses upwards; one group per buffer.
const KINDS = [["input", "model or graph input"], ["activation", "activation"], ["output", "output"], ["scratch", "scratch of an operator"], ["orphan", "used by nobody"], ["unreached", "of a graph that never runs"], ["tail", "tail (persistent)"]];
// Patterns tell the kinds apart without colour.
const STROKES = { input: "M0 0V8M4 0V8", output: "M0 2H8M0 6H8", scratch: "M0 8L8 0M-2 2L2 -2M6 10L10 6", orphan: "M2 2h.6M6 6h.6", unreached: "M2 2h.6M6 6h.6" };
const zoom = { time: 1, address: 1, own: false };
const HEIGHT = 320;
const AXIS = 74;
// All models keep one scale, those between the first and the last of a fit as well, unless each shall have its own.
const allModels = [...data.models, ...data.between];
const scaledBy = (model) => (zoom.own ? [model] : allModels);
const largestOf = (model) => Math.max(...scaledBy(model).map((one) => one.memory.arena_bytes), 16);
// The board's budget is drawn where that does not make the map small.
const budgetShown = (model) => data.budget !== null && data.budget <= 1.5 * largestOf(model);
const topOf = (model) => (budgetShown(model) ? Math.max(largestOf(model), data.budget * 1.04) : largestOf(model));

function patterns() {
  const defs = svg("defs");
  for (const [kind, path] of Object.entries(STROKES)) {
    const pattern = svg("pattern", { id: `p-${kind}`, width: 8, height: 8, patternUnits: "userSpaceOnUse" });
    pattern.append(svg("path", { d: path, fill: "none", stroke: "var(--box-ink)", "stroke-width": kind === "orphan" || kind === "unreached" ? 1.6 : 0.8, "stroke-opacity": 0.45 }));
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
  if (allModels.some(budgetShown)) list.append(element("li", {}, "dashed red line: what the board leaves for an arena"));
}

function scales(model, width) {
  const memory = model.memory;
  const first = memory.steps[0].scope;
  const stepWidth = Math.max((width * zoom.time) / memory.steps.length, 1.5);
  const height = HEIGHT * zoom.address;
  const top = topOf(model);
  return { first, stepWidth, top, width: stepWidth * memory.steps.length, height, x: (scope) => (scope - first) * stepWidth, y: (bytes) => height - (bytes / top) * height };
}

const scaleOf = (pane) => scales(data.models[Number(pane.parentElement.dataset.map)], Math.max(pane.clientWidth - AXIS - 2, 160));

function drawMap(figure) {
  const number_ = Number(figure.dataset.map);
  const model = data.models[number_];
  const pane = $(".pane", figure);
  const scale = scaleOf(pane);
  const drawn = svg("svg", { width: scale.width, height: scale.height, role: "group", class: "boxes", "aria-label": `Memory map of ${model.title}: ${model.memory.buffers.length} buffers; arrow keys move between them` });
  const labels = new Labels(drawn, scale);
  const order = [...model.memory.buffers].sort((a, b) => b.size_bytes * steps(b) - a.size_bytes * steps(a));
  const parts = drawTail(drawn, model, number_, scale);
  for (const buffer of order) drawn.append(box(buffer, model, number_, scale));
  drawMarks(drawn, model, scale, labels);
  for (const part of parts) labels.inside(part.area, part.texts);
  nameBoxes(order, model, scale, labels);
  const plot = element("div", { class: "plot" });
  plot.append(addressAxis(scale), drawn, ...stepAxis(model, scale), ...liveCurve(model, scale));
  pane.replaceChildren(plot);
  // As high as the whole map is without zoom, so that zooming scrolls inside and the page stays where it is.
  pane.style.height = `${plot.offsetHeight - scale.height + HEIGHT + pane.offsetHeight - pane.clientHeight}px`;
  const start = $(".box-g", drawn);
  if (start) start.setAttribute("tabindex", "0");
}

function box(buffer, model, which, scale) {
  const { x, y, width, height } = areaOf(buffer, scale);
  const label = `${buffer.name}, ${buffer.kind}, ${number(buffer.size_bytes)} bytes at ${number(buffer.offset_bytes)}, ${stepText(model, buffer.first)} to ${stepText(model, buffer.last)}`;
  const group = svg("g", { class: "box-g", "data-kind": "buffer", "data-model": which, "data-index": buffer.number, tabindex: -1, role: "button", "aria-label": label });
  group.append(svg("rect", { x, y, width, height, class: `box k-${buffer.kind}` }));
  if (STROKES[buffer.kind]) group.append(svg("rect", { x, y, width, height, fill: `url(#p-${buffer.kind})`, class: "overlay" }));
  return group;
}

function areaOf(buffer, scale) {
  const y = scale.y(buffer.end_bytes);
  return { x: scale.x(buffer.first), y, width: Math.max(steps(buffer) * scale.stepWidth, 1), height: Math.max(scale.y(buffer.offset_bytes) - y, 1.2) };
}

const ownerOf = (model, share) => (share.op === null ? "the model's own" : opLabel(model.operators[share.op]));

// From the top down by operator, the largest first; returns what there is to write on each part.
function drawTail(drawn, model, which, scale) {
  let high = model.memory.arena_bytes;
  return model.memory.tail_ops.map((share, index) => {
    const area = { x: 0, y: scale.y(high), width: scale.width, height: 0 };
    area.height = Math.max(scale.y(high - share.size_bytes) - area.y, 0.8);
    high -= share.size_bytes;
    const whole = `tail: ${ownerOf(model, share)} ${number(share.size_bytes)}`;
    const group = svg("g", { class: "box-g", "data-kind": "tail", "data-model": which, "data-index": index, tabindex: -1, role: "button", "aria-label": `${whole} bytes` });
    group.append(svg("rect", { ...area, class: `box k-tail${area.height < 4 ? ` thin${index % 2 ? " odd" : ""}` : ""}` }));
    drawn.append(group);
    return { area, texts: [[whole]] };
  });
}

function goToPeak() {
  const model = data.models[shown.model];
  const { op } = model.memory.steps[model.memory.peak];
  for (const pane of $$(".pane")) {
    const { memory } = data.models[Number(pane.parentElement.dataset.map)];
    pane.scrollLeft = scaleOf(pane).x(memory.steps[memory.peak].scope) - pane.clientWidth / 2 + AXIS;
  }
  if (op !== null) select({ model: shown.model, kind: "op", index: op }, true);
}

function drawMaps() {
  for (const figure of $$(".map")) drawMap(figure);
  markSelected(selection.current);
}

function markSelected(what) {
  markCurve(what);
  for (const group of $$(".box-g.on")) group.classList.remove("on");
  if (!what) return;
  const found = $$(`.map [data-model="${what.model}"].box-g`).filter((group) => isTouched(group, what));
  for (const group of found) group.classList.add("on");
}

function isTouched(group, what) {
  const { kind } = group.dataset;
  const index = Number(group.dataset.index);
  if (kind === what.kind) return index === what.index;
  if (what.kind === "range" && kind === "buffer") {
    const [from, to] = spanOf(what);
    const { first, last } = data.models[what.model].memory.buffers[index];
    return first <= to && last >= from;
  }
  if (what.kind !== "op" && what.kind !== "tail") return false;
  const model = data.models[what.model];
  const op = opOf(what);
  if (op === null) return false;
  if (kind === "tail") return model.memory.tail_ops[index].op === op;
  const buffer = model.memory.buffers[index];
  return buffer.producer === op || buffer.consumers.includes(op);
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
