// The graph: dagre lays it out in a worker when it comes into view; zooming and panning only scale and scroll it.
const NODE = { width: 190, height: 46 };
const EDGE_BINS = 5;
const drawnGraph = { model: -1, graph: 0, version: 0, colour: "size", zoom: 1, layout: null, reveal: null, worker: null, cache: new Map() };

function startWorker() {
  const code = `${$("#layout-library").textContent}\n${$("#layout-worker").textContent}`;
  const worker = new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  worker.onmessage = ({ data: laidOut }) => {
    drawnGraph.cache.set(laidOut.key, laidOut);
    if (laidOut.key === graphKey()) drawGraph(laidOut);
  };
  worker.onerror = () => {
    $("#graph-pane").replaceChildren(element("p", { class: "warning" }, "This browser does not run the layout; the table above has the same operators."));
  };
  return worker;
}

// What was laid out of a model is no longer its graph.
function forgetGraph(model) {
  drawnGraph.version += 1;
  for (const key of [...drawnGraph.cache.keys()]) if (key.startsWith(`${model}/`)) drawnGraph.cache.delete(key);
}

const graphKey = () => `${drawnGraph.model}/${drawnGraph.graph}/${drawnGraph.version}`;
const currentGraph = () => data.models[drawnGraph.model].graphs[drawnGraph.graph];
const endOf = (edge, end) => (edge[end] >= 0 ? String(edge[end]) : `${end === "source" ? "in" : "out"}${-1 - edge[end]}`);

function requestGraph(model, graph) {
  drawnGraph.model = model;
  drawnGraph.graph = graph;
  // Until the new one is there, nothing may be done with the old.
  drawnGraph.layout = null;
  const known = drawnGraph.cache.get(graphKey());
  if (known) return drawGraph(known);
  const view = currentGraph();
  const nodes = [...view.inputs.map((_, at) => `in${at}`), ...view.outputs.map((_, at) => `out${at}`)].map((id) => [id, NODE.width, 34]);
  for (let op = view.first_op; op < view.end_op; op += 1) nodes.push([String(op), NODE.width, NODE.height]);
  const edges = view.edges.map((edge, at) => [endOf(edge, "source"), endOf(edge, "target"), String(at)]);
  drawnGraph.worker ??= startWorker();
  drawnGraph.worker.postMessage({ key: graphKey(), nodes, edges });
  return undefined;
}

function bins(view) {
  const { buffers } = data.models[drawnGraph.model].memory;
  const value = (buffer) => (drawnGraph.colour === "size" ? buffer.size_bytes : steps(buffer));
  const values = view.edges.filter((edge) => edge.buffer !== null).map((edge) => value(buffers[edge.buffer]));
  const top = Math.max(...values, 1);
  const limit = (bin) => (drawnGraph.colour === "size" ? Math.round(top / 2 ** (EDGE_BINS - 1 - bin)) : Math.ceil((top * (bin + 1)) / EDGE_BINS));
  return { of: (buffer) => { for (let bin = 0; bin < EDGE_BINS; bin += 1) if (value(buffer) <= limit(bin)) return bin; return EDGE_BINS - 1; }, limit, top };
}

function edgePath(points) {
  let path = `M${points[0][0]} ${points[0][1]}`;
  for (let at = 1; at < points.length - 1; at += 1) {
    const [x, y] = points[at];
    const [nextX, nextY] = points[at + 1];
    const last = at === points.length - 2;
    path += `Q${x} ${y} ${last ? nextX : (x + nextX) / 2} ${last ? nextY : (y + nextY) / 2}`;
  }
  return points.length === 2 ? `${path}L${points[1][0]} ${points[1][1]}` : path;
}

function drawGraph(layout) {
  const fresh = drawnGraph.layout === null;
  drawnGraph.layout = layout;
  const view = currentGraph();
  const model = data.models[drawnGraph.model];
  const scale = bins(view);
  const drawn = svg("svg", { viewBox: `0 0 ${layout.width} ${layout.height}`, role: "group", "aria-label": `Graph ${view.name}: ${view.end_op - view.first_op} operators` });
  // An edge of a folded graph is in several pieces.
  const paths = new Map(layout.edges.map(([name, points, pieces]) => [name, (pieces ?? [points]).map(edgePath).join("")]));
  const largest = Math.max(...model.memory.buffers.map((buffer) => buffer.size_bytes), 1);
  view.edges.forEach((edge, at) => drawn.append(edgeShape(edge, paths.get(String(at)), model, scale, largest)));
  for (const [id, x, y] of layout.nodes) drawn.append(nodeShape(id, x, y, view, model));
  const pane = $("#graph-pane");
  pane.replaceChildren(drawn);
  const start = $(".node[data-kind]", drawn);
  if (start) start.setAttribute("tabindex", "0");
  // Begin at a size at which text can be read.
  if (fresh) drawnGraph.zoom = clamp((pane.clientWidth - 20) / layout.width, 0.55, 1.15);
  sizeGraph();
  $("[data-graph-zoom=column]").hidden = layout === drawnGraph.cache.get(graphKey());
  if (fresh) startAtTheTop(layout, view, pane);
  drawOverview(layout, model);
  drawGraphLegend(scale);
  markGraph(selection.current);
  if (drawnGraph.reveal !== null) revealOp(drawnGraph.reveal);
  else revealInGraph();
}

// Brings what is kept selected into view, unless it is.
function revealInGraph() {
  if (!drawnGraph.layout || !selection.pinned) return;
  const op = opOf(selection.current);
  const node = op === null || selection.current.model !== drawnGraph.model ? null : $(`#graph-pane .node[data-kind=op][data-index="${op}"]`);
  if (node) into($("#graph-pane"), node);
}

function startAtTheTop(layout, view, pane) {
  const first = layout.nodes.find(([id]) => id === (view.inputs.length ? "in0" : String(view.first_op)));
  if (first) pane.scrollTo({ left: first[1] * drawnGraph.zoom - pane.clientWidth / 2, top: (first[2] - 60) * drawnGraph.zoom, behavior: "instant" });
}

// The whole graph beside the part that is seen: how much lives where, and where the window is.
function drawOverview(layout, model) {
  const overview = $("#overview");
  overview.setAttribute("viewBox", `0 0 ${layout.width} ${layout.height}`);
  const bound = Math.max(model.memory.bound_bytes, 1);
  const parts = layout.nodes.map(([id, x, y]) => {
    const op = /^\d+$/.test(id) ? model.operators[Number(id)] : null;
    const share = op ? (op.live_bytes ?? 0) / bound : 0;
    const place = { x: x - NODE.width / 2, y: y - NODE.height / 2, height: NODE.height };
    return [svg("rect", { ...place, width: NODE.width, class: "place", "data-op": op ? op.number : -1 }), svg("rect", { ...place, width: NODE.width * share, class: "heat" })];
  });
  overview.replaceChildren(...parts.flat(), svg("rect", { class: "window" }));
  moveWindow();
}

function moveWindow() {
  const shownPart = $("#overview .window");
  if (!shownPart || !drawnGraph.layout) return;
  const pane = $("#graph-pane");
  const { zoom, layout } = drawnGraph;
  const place = { x: pane.scrollLeft / zoom, y: pane.scrollTop / zoom, width: Math.min(pane.clientWidth / zoom, layout.width), height: Math.min(pane.clientHeight / zoom, layout.height) };
  for (const [key, value] of Object.entries(place)) shownPart.setAttribute(key, value);
}

function jumpInOverview(event) {
  if (!drawnGraph.layout || !(event.buttons & 1)) return;
  const frame = $("#overview").getBoundingClientRect();
  const pane = $("#graph-pane");
  const { zoom, layout } = drawnGraph;
  const at = (share, length, seen) => share * length * zoom - seen / 2;
  pane.scrollTo({ left: at((event.clientX - frame.left) / frame.width, layout.width, pane.clientWidth), top: at((event.clientY - frame.top) / frame.height, layout.height, pane.clientHeight), behavior: "instant" });
}

function edgeShape(edge, path, model, scale, largest) {
  if (edge.buffer === null) return svg("path", { d: path, class: "edge", stroke: "var(--line)", "stroke-width": 1, "stroke-dasharray": "1 4" });
  const buffer = model.memory.buffers[edge.buffer];
  const width = 1.5 + 10 * Math.sqrt(buffer.size_bytes / largest);
  return svg("path", { d: path, class: `edge${steps(buffer) >= 4 ? " long" : ""}`, stroke: `var(--edge${scale.of(buffer)})`, "stroke-width": width.toFixed(1), "data-kind": "buffer", "data-model": drawnGraph.model, "data-index": edge.buffer });
}

// The kinds of operators in a model, the most frequent first; what comes after the last colour shares it.
const KIND_COLOURS = 7;

function kindsOf(model) {
  const counts = new Map();
  for (const op of model.operators) counts.set(op.name, (counts.get(op.name) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([name]) => name);
}

function kindColour(model, name) {
  model.kinds ??= kindsOf(model);
  return Math.min(model.kinds.indexOf(name), KIND_COLOURS - 1);
}

function kindLegend(model) {
  model.kinds ??= kindsOf(model);
  const named = model.kinds.slice(0, KIND_COLOURS - (model.kinds.length > KIND_COLOURS ? 1 : 0));
  const texts = model.kinds.length > named.length ? [...named, "others"] : named;
  return texts.map((text, index) => {
    const sample = svg("svg", { width: 12, height: 12, "aria-hidden": "true" });
    sample.append(svg("rect", { width: 12, height: 12, rx: 2, fill: `var(--kind${index})` }));
    return element("li", { class: "kind" }, sample, text);
  });
}

function nodeShape(id, x, y, view, model) {
  const port = /^(in|out)(\d+)$/.exec(id);
  const height = port ? 34 : NODE.height;
  const left = x - NODE.width / 2;
  const top = y - height / 2;
  const frame = { x: left, y: top, width: NODE.width, height, rx: port ? 16 : 6 };
  if (port) {
    const found = (port[1] === "in" ? view.inputs : view.outputs)[Number(port[2])];
    const group = svg("g", found.buffer === null ? { class: "node port" } : { class: "node port", "data-kind": "buffer", "data-model": drawnGraph.model, "data-index": found.buffer });
    group.append(svg("rect", frame), words("text", { x, y: y + 4, "text-anchor": "middle" }, `${port[1]}put: ${shortened(found.name, 20)}`));
    return group;
  }
  const op = model.operators[Number(id)];
  const peak = model.memory.steps[model.memory.peak].op === op.number;
  const share = (op.live_bytes ?? 0) / Math.max(model.memory.bound_bytes, 1);
  const runs = op.runs.length ? `runs graph ${op.runs.join(", ")} · ` : "";
  const lines = [shortened(`${peak ? "▲ " : ""}#${op.index} ${op.name}`, 27), shortened(`${runs}${[op.runs.length ? "" : op.output_shape.join("×"), `${number(op.out_bytes)} B`].filter(Boolean).join(" · ")}`, 34)];
  const label = `${lines.join(" ")}, ${number(op.live_bytes)} bytes live${peak ? ", the peak" : ""}`;
  const group = svg("g", { class: `node${peak ? " peak" : ""}`, "data-kind": "op", "data-model": drawnGraph.model, "data-index": op.number, tabindex: -1, role: "button", "aria-label": label });
  const kind = { x: left + 1, y: top + 1, width: 5, height: height - 2, rx: 2, class: "kind", style: `fill: var(--kind${kindColour(model, op.name)})` };
  group.append(svg("rect", frame), svg("rect", kind), svg("rect", { x: left + 1.5, y: top + height - 6.5, width: Math.max(0, (NODE.width - 3) * share), height: 5, class: "load" }));
  group.append(words("text", { x: left + 11, y: top + 17 }, `${lines[0]} `), words("text", { x: left + 11, y: top + 32, class: "sub" }, lines[1]));
  // From afar only the number can be read.
  group.append(words("text", { x: left + 52, y: top + 35, class: "short" }, `#${op.index}`));
  return group;
}

function sizeGraph() {
  const drawn = $("#graph-pane svg");
  if (!drawn) return;
  drawn.setAttribute("width", drawnGraph.layout.width * drawnGraph.zoom);
  drawn.setAttribute("height", drawnGraph.layout.height * drawnGraph.zoom);
  moveWindow();
  drawn.classList.toggle("far", drawnGraph.zoom < 0.5);
  drawn.classList.toggle("far-away", drawnGraph.zoom < 0.42);
  drawn.style.margin = "0 auto";
  drawn.style.display = "block";
}

function zoomGraph(by, atX, atY) {
  if (!drawnGraph.layout) return;
  const pane = $("#graph-pane");
  const { layout } = drawnGraph;
  const before = drawnGraph.zoom;
  if (by === "peak") return revealOp(data.models[drawnGraph.model].memory.steps[data.models[drawnGraph.model].memory.peak].op);
  if (by === "fit") return showWhole();
  if (by === "column") return showOneColumn();
  const all = Math.min((pane.clientWidth - 4) / layout.width, (pane.clientHeight - 4) / layout.height);
  drawnGraph.zoom = clamp(before * Number(by), Math.min(all, 0.2), 4);
  const x = atX ?? pane.clientWidth / 2;
  const y = atY ?? pane.clientHeight / 2;
  const factor = drawnGraph.zoom / before;
  const [left, top] = [(pane.scrollLeft + x) * factor - x, (pane.scrollTop + y) * factor - y];
  sizeGraph();
  pane.scrollTo({ left, top, behavior: "instant" });
  return undefined;
}

function revealOp(op) {
  if (op === null || op === undefined) return;
  const { graph } = data.models[drawnGraph.model].operators[op];
  drawnGraph.reveal = null;
  if (graph !== drawnGraph.graph) {
    $("#which-graph").value = String(graph);
    drawnGraph.reveal = op;
    requestGraph(drawnGraph.model, graph);
    return;
  }
  const place = drawnGraph.layout.nodes.find(([id]) => id === String(op));
  const pane = $("#graph-pane");
  if (place) pane.scrollTo({ left: place[1] * drawnGraph.zoom - pane.clientWidth / 2, top: place[2] * drawnGraph.zoom - pane.clientHeight / 2 });
  select({ model: drawnGraph.model, kind: "op", index: op }, true);
}

function drawGraphLegend(scale) {
  const list = $("#graph-legend");
  const items = [];
  for (let bin = 0; bin < EDGE_BINS; bin += 1) {
    const sample = svg("svg", { width: 30, height: 12, "aria-hidden": "true" });
    sample.append(svg("line", { x1: 1, x2: 29, y1: 6, y2: 6, stroke: `var(--edge${bin})`, "stroke-width": drawnGraph.colour === "size" ? 2 + bin * 2 : 5 }));
    items.push(element("li", {}, sample, `≤ ${number(scale.limit(bin))} ${drawnGraph.colour === "size" ? "B" : "steps"}`));
  }
  items.push(element("li", {}, "the bar in an operator: bytes live while it runs, of the peak"));
  list.replaceChildren(...items, ...kindLegend(data.models[drawnGraph.model]));
}

function markGraph(what) {
  for (const part of $$("#graph-pane .on, #overview .on")) part.classList.remove("on");
  if (!what || what.model !== drawnGraph.model) return;
  if (what.kind === "buffer") for (const part of $$(`#graph-pane [data-kind=buffer][data-index="${what.index}"]`)) part.classList.add("on");
  for (const op of opsOf(what)) for (const part of $$(`#graph-pane [data-kind=op][data-index="${op}"], #overview [data-op="${op}"]`)) part.classList.add("on");
}

function moveInGraph(event) {
  const node = event.target.closest(".node[data-kind=op]");
  if (event.key === "Enter" || event.key === " ") {
    const what = node && selectionOf(node);
    if (what) { event.preventDefault(); select(what, true); }
    return;
  }
  const view = drawnGraph.layout && currentGraph();
  const keys = ["ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight"];
  if (!view || !keys.includes(event.key)) return;
  event.preventDefault();
  const at = node ? Number(node.dataset.index) : -1;
  const after = view.edges.filter((edge) => edge.source === at && edge.target >= 0).map((edge) => edge.target);
  const before = view.edges.filter((edge) => edge.target === at && edge.source >= 0).map((edge) => edge.source);
  const next = { ArrowDown: after[0], ArrowUp: before[before.length - 1], ArrowRight: at + 1, ArrowLeft: at - 1 }[event.key];
  const found = node ? $(`#graph-pane .node[data-kind=op][data-index="${next}"]`) : $("#graph-pane .node[data-kind=op]");
  if (!found) return;
  if (node) node.setAttribute("tabindex", "-1");
  found.setAttribute("tabindex", "0");
  found.focus();
  select(selectionOf(found));
}
