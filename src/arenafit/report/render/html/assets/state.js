// What is looked at stands in the address, after the name of the section, so that a link shows the same.
const address = { ready: false, timer: null };

function sectionAndState() {
  const [section, ...rest] = location.hash.slice(1).split("&");
  return section.includes("=") ? ["", new URLSearchParams([section, ...rest].join("&"))] : [section, new URLSearchParams(rest.join("&"))];
}

function currentState() {
  const state = new URLSearchParams();
  const what = selection.pinned ? selection.current : null;
  if (what) state.set("selected", `${what.model}.${what.kind}.${what.index}${what.kind === "range" ? `-${what.to}` : ""}`);
  if (!atTheEnd()) state.set("step", trail.at);
  if (zoom.own) state.set("scale", "own");
  if (shown.model) state.set("model", shown.model);
  for (const axis of ["time", "address"]) if (zoom[axis] !== 1) state.set(axis, Number(zoom[axis].toFixed(3)));
  const pane = $(".pane");
  for (const [key, at, all] of [["left", pane.scrollLeft, pane.scrollWidth], ["top", pane.scrollTop, pane.scrollHeight]]) if (at > 0) state.set(key, (at / all).toFixed(4));
  if (sorting.column || sorting.down) state.set("sort", `${sorting.column}${sorting.down ? "d" : "u"}`);
  if ($("#filter").value) state.set("filter", $("#filter").value);
  return state;
}

function keepState() {
  if (!address.ready) return;
  clearTimeout(address.timer);
  address.timer = setTimeout(() => {
    const [section] = sectionAndState();
    const text = [section, String(currentState())].filter(Boolean).join("&");
    history.replaceState(null, "", text || location.hash ? `#${text}` : location.href);
  }, 120);
}

const within = (value, low, high, otherwise) => (Number.isFinite(value) ? clamp(value, low, high) : otherwise);

function selectedIn(text) {
  const found = /^(\d+)\.(op|buffer|tail|step|range)\.(\d+)(?:-(\d+))?$/.exec(text ?? "");
  if (!found) return null;
  const what = { model: Number(found[1]), kind: found[2], index: Number(found[3]) };
  const model = data.models[what.model];
  if (what.kind === "range") what.to = Number(found[4]);
  if ((what.kind === "range") !== (found[4] !== undefined) || what.to < what.index) return null;
  const list = model && { op: model.operators, buffer: model.memory.buffers, tail: model.memory.tail_ops, step: model.memory.steps, range: model.memory.steps }[what.kind];
  return list && (what.to ?? what.index) < list.length ? what : null;
}

// Anything in the address that is none of ours is left alone; figures out of range are brought into it.
function restoreState() {
  const [section, state] = sectionAndState();
  zoom.time = within(Number(state.get("time") ?? 1), 1, 64, 1);
  zoom.address = within(Number(state.get("address") ?? 1), 1, 16, 1);
  const sort = /^(\d+)([du])$/.exec(state.get("sort") ?? "");
  if (sort && Number(sort[1]) < COLUMNS.length) Object.assign(sorting, { column: Number(sort[1]), down: sort[2] === "d" });
  $("#filter").value = state.get("filter") ?? "";
  setScale(state.get("scale") === "own");
  if (data.between.length && state.has("step")) showStep(within(Math.round(Number(state.get("step"))), 0, lastStep(), lastStep()));
  drawMaps();
  show(state.get("model") === "1" && data.models.length > 1 ? 1 : 0);
  const what = selectedIn(state.get("selected"));
  if (what) select(what, true);
  const pane = $(".pane");
  if (state.has("left")) pane.scrollLeft = within(Number(state.get("left")), 0, 1, 0) * pane.scrollWidth;
  if (state.has("top")) pane.scrollTop = within(Number(state.get("top")), 0, 1, 0) * pane.scrollHeight;
  const place = section && document.getElementById(section);
  if (place && [...state].length) place.scrollIntoView({ behavior: "instant" });
}

function startState() {
  restoreState();
  address.ready = true;
  selection.listeners.push(keepState);
  shown.listeners.push(keepState);
  $("#filter").addEventListener("input", keepState);
  $("#ops thead").addEventListener("click", keepState);
  for (const pane of $$(".pane")) pane.addEventListener("scroll", keepState, { passive: true });
  addEventListener("hashchange", keepState);
}
