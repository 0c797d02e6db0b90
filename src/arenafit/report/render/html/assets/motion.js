// Zooming about a point, and dragging what is larger than its pane.
function zoomMap(axis, by, at = null) {
  if (axis === "peak") return goToPeak();
  const before = $$(".pane").map((pane) => {
    const frame = pane.getBoundingClientRect();
    const here = at && at.pane === pane;
    const x = here ? at.x - frame.left - AXIS : (pane.clientWidth - AXIS) / 2;
    const y = here ? at.y - frame.top : pane.clientHeight / 2;
    return { pane, x, y, left: pane.scrollLeft, top: pane.scrollTop, scale: scaleOf(pane) };
  });
  if (axis === "reset") Object.assign(zoom, { time: 1, address: 1 });
  else zoom[axis] = clamp(zoom[axis] * by, 1, axis === "time" ? 64 : 16);
  drawMaps();
  // What was under the point stays under it.
  for (const { pane, x, y, left, top, scale } of before) {
    const now = scaleOf(pane);
    pane.scrollLeft = ((left + x) * now.stepWidth) / scale.stepWidth - x;
    pane.scrollTop = ((top + y) * now.height) / scale.height - y;
  }
  keepState();
  return undefined;
}

// Makes the steps of a brush as wide as the pane.
function zoomTo(what) {
  const pane = $(`.map[data-map="${what.model}"] .pane`);
  const { memory } = data.models[what.model];
  zoom.time = clamp(memory.steps.length / (what.to - what.index + 1), 1, 64);
  drawMaps();
  pane.scrollLeft = scaleOf(pane).x(memory.steps[what.index].scope);
  keepState();
}

function wheelOverMap(event) {
  const pane = event.target.closest(".pane");
  if (!event.ctrlKey || !pane) return;
  event.preventDefault();
  zoomMap(event.shiftKey ? "address" : "time", (event.deltaY || event.deltaX) < 0 ? 1.25 : 0.8, { pane, x: event.clientX, y: event.clientY });
}

// The mouse drags; fingers scroll natively. A drag that moved is no click on what it began at.
function drag(pane) {
  let from = null;
  let moved = false;
  pane.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button) return;
    from = { x: event.clientX, y: event.clientY, left: pane.scrollLeft, top: pane.scrollTop };
    moved = false;
  });
  pane.addEventListener("pointermove", (event) => {
    if (!from) return;
    if (!(event.buttons & 1)) { from = null; return; }
    const [x, y] = [event.clientX - from.x, event.clientY - from.y];
    if (!moved && Math.hypot(x, y) < 5) return;
    if (!moved) pane.setPointerCapture(event.pointerId);
    moved = true;
    pane.classList.add("dragging");
    pane.scrollTo({ left: from.left - x, top: from.top - y, behavior: "instant" });
  });
  for (const end of ["pointerup", "pointercancel"]) pane.addEventListener(end, () => { from = null; pane.classList.remove("dragging"); });
  pane.addEventListener("click", (event) => { if (moved) { event.stopPropagation(); moved = false; } }, true);
}
