// Several memories: a lane for each, drawn like the map, and what is moved in each buffer.
const LANE = { most: 260, least: 56 };
const placesOf = (model) => model.memories && model.memories.buffers;

// The limit of a memory is drawn where that does not make its lane small.
const limitOf = (lane) => lane.size_bytes - lane.reserve_bytes;
const laneTop = (lane) => Math.max(lane.taken_bytes, limitOf(lane) <= 1.5 * lane.taken_bytes ? limitOf(lane) * 1.02 : 0, 16);

function laneScale(model, lane, width) {
  const { steps } = model.memory;
  const highest = Math.max(...model.memories.memories.map(laneTop));
  const height = clamp((LANE.most * laneTop(lane)) / highest, LANE.least, LANE.most);
  const stepWidth = width / steps.length;
  return { first: steps[0].scope, stepWidth, width, height, x: (scope) => (scope - steps[0].scope) * stepWidth, y: (bytes) => height - (bytes / laneTop(lane)) * height };
}

function laneAxis(lane, scale) {
  const axis = svg("svg", { width: AXIS, height: scale.height, class: "axis", "aria-hidden": "true" });
  axis.append(words("text", { x: AXIS - 6, y: scale.height - 3, "text-anchor": "end" }, "0"));
  axis.append(words("text", { x: AXIS - 6, y: clamp(scale.y(lane.taken_bytes) + 11, 11, scale.height - 16), "text-anchor": "end" }, number(lane.taken_bytes)));
  return axis;
}

function drawLane(plot) {
  const which = Number(plot.dataset.model);
  const model = data.models[which];
  const lane = model.memories.memories[Number(plot.dataset.lane)];
  const scale = laneScale(model, lane, Math.max(plot.clientWidth - AXIS - 2, 160));
  const drawn = svg("svg", { width: scale.width, height: scale.height, role: "group", "aria-label": `Buffers in ${lane.name}; arrow keys move between them` });
  const inside = model.memory.buffers.filter((buffer) => placesOf(model)[buffer.number].memory === lane.name).map((buffer) => {
    const place = placesOf(model)[buffer.number];
    return { ...buffer, offset_bytes: place.offset_bytes, end_bytes: place.offset_bytes + buffer.size_bytes };
  });
  const order = inside.sort((a, b) => b.size_bytes * steps(b) - a.size_bytes * steps(a));
  if (lane.persistent_bytes) {
    const y = scale.y(lane.taken_bytes);
    drawn.append(svg("rect", { x: 0, y, width: scale.width, height: Math.max(scale.y(lane.taken_bytes - lane.persistent_bytes) - y, 0.8), class: "box k-tail" }));
  }
  for (const buffer of order) {
    const group = box(buffer, model, which, scale);
    group.setAttribute("class", "lane-g");
    drawn.append(group);
  }
  if (limitOf(lane) <= laneTop(lane)) drawn.append(svg("line", { x1: 0, x2: scale.width, y1: scale.y(limitOf(lane)), y2: scale.y(limitOf(lane)), class: "budget" }));
  nameBoxes(order, model, scale, new Labels(drawn, scale));
  plot.replaceChildren(laneAxis(lane, scale), drawn);
  const start = $(".lane-g", drawn);
  if (start) start.setAttribute("tabindex", "0");
}

function drawLanes() {
  for (const plot of $$(".lane-plot:not([hidden])")) drawLane(plot);
  markLanes(selection.current);
}

function markLanes(what) {
  for (const group of $$(".lane-g")) group.classList.toggle("on", Boolean(what) && Number(group.dataset.model) === what.model && isTouched(group, what));
}

// Left and right by time, up and down by address, within a lane.
function moveInLane(event) {
  const from = event.target.closest(".lane-g");
  if (!from) return;
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    select(selectionOf(from), true);
    return;
  }
  const by = { ArrowRight: ["first", 1], ArrowLeft: ["first", -1], ArrowUp: ["offset_bytes", 1], ArrowDown: ["offset_bytes", -1] }[event.key];
  if (!by) return;
  event.preventDefault();
  const model = data.models[Number(from.dataset.model)];
  const keyOf = (group) => (by[0] === "first" ? model.memory.buffers : placesOf(model))[Number(group.dataset.index)][by[0]];
  const order = $$(".lane-g", from.ownerSVGElement).sort((a, b) => keyOf(a) - keyOf(b) || a.dataset.index - b.dataset.index);
  const next = order[clamp(order.indexOf(from) + by[1], 0, order.length - 1)];
  from.setAttribute("tabindex", "-1");
  next.setAttribute("tabindex", "0");
  next.focus();
}

// What the panel says of a buffer's place among several memories.
function placeDetails(model, buffer) {
  const place = placesOf(model) && placesOf(model)[buffer.number];
  if (!place) return [];
  return [["memory", `${place.memory}, at ${number(place.offset_bytes)}`], ["moved", `${number(place.read_bytes)} read, ${number(place.written_bytes)} written in one Invoke (predicted)`]];
}

function startMemories() {
  const part = $("#memories");
  if (!part) return;
  part.addEventListener("pointerover", (event) => { if (event.pointerType === "mouse") select(selectionOf(event.target)); });
  part.addEventListener("pointerleave", () => select(null));
  part.addEventListener("focusin", (event) => { const what = selectionOf(event.target); if (what) select(what); });
  const chosen = (event) => {
    const row = event.target.closest("tr[data-buffer]");
    const what = row ? tensorOf(row) : selectionOf(event.target);
    if (what) { event.preventDefault(); select(what, true); }
  };
  part.addEventListener("click", chosen);
  part.addEventListener("keydown", (event) => {
    if (event.target.closest("tr[data-buffer]") && (event.key === "Enter" || event.key === " ")) chosen(event);
    else moveInLane(event);
  });
  selection.listeners.push(markLanes);
  let width = innerWidth;
  addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; drawLanes(); } });
  drawLanes();
}
