// Under the map, on the same scale of time: which operator runs at a step, and the live bytes with their bound.
const CURVE = 110;
const BANDS = ["var(--panel)", "var(--bar)", "var(--warn-bg)"];

function stepAxis(model, scale) {
  const { memory, operators } = model;
  const many = model.graphs.length > 1;
  const height = many ? 40 : 22;
  const drawn = svg("svg", { width: scale.width, height, class: "step-axis", "aria-hidden": "true" });
  if (many) graphBands(drawn, model, scale);
  const named = scale.stepWidth > 74;
  const every = named ? 1 : Math.max(1, Math.ceil(34 / scale.stepWidth));
  for (const step of memory.steps) {
    const place = step.scope - scale.first;
    if (place % every || step.op === null) continue;
    const op = operators[step.op];
    const text = named ? shortened(`#${op.index} ${op.name}`, Math.floor(scale.stepWidth / 6.6)) : `#${op.index}`;
    drawn.append(words("text", { x: scale.x(step.scope) + scale.stepWidth / 2, y: height - 7, "text-anchor": "middle" }, text));
  }
  return [axisTitle(height, many ? ["graph", "operator"] : ["operator"]), drawn];
}

function graphBands(drawn, model, scale) {
  let from = 0;
  const { steps: all } = model.memory;
  for (let place = 1; place <= all.length; place += 1) {
    if (place < all.length && all[place].graph === all[from].graph) continue;
    const { graph } = all[from];
    const x = from * scale.stepWidth;
    const width = (place - from) * scale.stepWidth;
    drawn.append(svg("rect", { x, y: 1, width, height: 17, fill: BANDS[graph % BANDS.length], stroke: "var(--line)" }));
    const room = Math.floor((width - 6) / 6);
    const name = model.graphs[graph].name;
    if (room > 0) drawn.append(words("text", { x: x + 3, y: 14 }, `${graph}: ${name}`.length <= room ? `${graph}: ${name}` : room > 1 ? String(graph) : ""));
    from = place;
  }
}

function axisTitle(height, lines) {
  const axis = svg("svg", { width: AXIS, height, class: "axis", "aria-hidden": "true" });
  lines.forEach((line, place) => axis.append(words("text", { x: AXIS - 6, y: height - 7 - (lines.length - 1 - place) * 18, "text-anchor": "end" }, line)));
  return axis;
}

function liveCurve(model, scale) {
  const { memory } = model;
  const top = Math.max(...scaledBy(model).map((one) => Math.max(one.memory.bound_bytes, one.memory.head_bytes, one.memory.unshared_bytes)), 1);
  const y = (bytes) => CURVE - 4 - (bytes / top) * (CURVE - 24);
  const outline = (key) => memory.steps.reduce((path, step) => `${path}${path ? "L" : "M"}${scale.x(step.scope)} ${y(step[key])}H${scale.x(step.scope) + scale.stepWidth}`, "");
  const line = outline("live_bytes");
  const drawn = svg("svg", { width: scale.width, height: CURVE, class: "curve", role: "slider", tabindex: 0, "aria-valuemin": 0, "aria-valuemax": memory.steps.length - 1, "aria-label": `Live bytes over time; at most ${number(memory.bound_bytes)}, the bound below which no plan without sharing can go; the head is ${number(memory.head_bytes)}. Arrow keys choose a step, with Shift several` });
  drawn.append(svg("path", { d: `${line}L${scale.width} ${CURVE - 4}L0 ${CURVE - 4}Z`, class: "live-area" }), svg("path", { d: line, class: "live-line" }));
  const shares = memory.unshared_bytes > memory.bound_bytes;
  if (shares) drawn.append(svg("path", { d: outline("unshared_bytes"), class: "live-line unshared" }));
  const bound = y(memory.bound_bytes);
  drawn.append(svg("line", { x1: 0, x2: scale.width, y1: bound, y2: bound, class: "guide" }));
  const peak = scale.x(memory.steps[memory.peak].scope);
  const left = peak < scale.width / 2;
  drawn.append(words("text", { x: left ? scale.width - 4 : 4, y: bound - 4, class: "guide-text", "text-anchor": left ? "end" : "start" }, `bound ${number(memory.bound_bytes)} B, head ${number(memory.head_bytes)} B${shares ? "; dashed: if nothing shared memory" : ""}`));
  drawn.append(svg("rect", { y: 0, height: CURVE, width: 2, class: "peak-band cursor", visibility: "hidden" }));
  followSteps(drawn, model, scale);
  const axis = svg("svg", { width: AXIS, height: CURVE, class: "axis", "aria-hidden": "true" });
  axis.append(words("text", { x: AXIS - 6, y: 14, "text-anchor": "end" }, "live bytes"), words("text", { x: AXIS - 6, y: clamp(bound + 4, 28, CURVE - 18), "text-anchor": "end" }, number(memory.bound_bytes)), words("text", { x: AXIS - 6, y: CURVE - 4, "text-anchor": "end" }, "0"));
  return [axis, drawn];
}

// The steps of what is selected, under the curve; the keys go on from them.
function markCurve(what) {
  for (const pane of $$(".pane")) {
    const cursor = $(".cursor", pane);
    const which = Number(pane.parentElement.dataset.map);
    const span = what && what.model === which ? spanOf(what) : null;
    sayStep($(".curve", pane), data.models[which], keysAt(which).at);
    cursor.setAttribute("visibility", span ? "visible" : "hidden");
    if (!span) continue;
    const scale = scaleOf(pane);
    cursor.setAttribute("x", scale.x(span[0]));
    cursor.setAttribute("width", Math.max((span[1] - span[0] + 1) * scale.stepWidth, 2));
  }
}
