// Steps chosen on a curve of live bytes: by the mouse, by a finger once the button says so, by the keys.
// `from` is the end that a range began at.
const rangeOf = (model, { from, to }) => ({ model, kind: "range", index: Math.min(from, to), to: Math.max(from, to), from });

function followSteps(drawn, model, scale) {
  const which = data.models.indexOf(model);
  const stepAt = (event) => clamp(Math.floor((event.clientX - drawn.getBoundingClientRect().left) / scale.stepWidth), 0, model.memory.steps.length - 1);
  const follow = (event, pin) => select({ model: which, kind: "step", index: stepAt(event) }, pin);
  const brush = { from: null, to: null };
  drawn.addEventListener("pointerdown", (event) => {
    // The mouse brushes here, and moves the map above; fingers scroll, unless they were asked to brush.
    if (event.button || (event.pointerType !== "mouse" && !fingersBrush())) return;
    event.stopPropagation();
    Object.assign(brush, { from: stepAt(event), to: null });
    drawn.setPointerCapture(event.pointerId);
  });
  drawn.addEventListener("pointermove", (event) => {
    if (brush.from === null || !(event.buttons & 1)) { brush.from = null; follow(event, false); return; }
    const at = stepAt(event);
    if (at === brush.from && brush.to === null) return;
    brush.to = at;
    selection.pinned = false;
    select(rangeOf(which, brush));
  });
  drawn.addEventListener("pointerup", () => { if (brush.from !== null && brush.to !== null) select(rangeOf(which, brush), true); brush.from = null; });
  drawn.addEventListener("pointercancel", () => { brush.from = null; });
  // What ends a brush is no click on a step.
  drawn.addEventListener("click", (event) => { if (brush.to === null) follow(event, true); brush.to = null; });
  drawn.addEventListener("keydown", (event) => brushByKeys(event, drawn, model));
}

const fingersBrush = () => $("#brush").getAttribute("aria-pressed") === "true";

function startBrush() {
  const button = $("#brush");
  button.addEventListener("click", () => {
    button.setAttribute("aria-pressed", String(!fingersBrush()));
    $(".maps").classList.toggle("brushed", fingersBrush());
  });
}

// Where the keys are on a curve, and where what they choose with Shift began: at what is kept selected, else at the peak.
function keysAt(which) {
  const { steps: all, peak } = data.models[which].memory;
  const what = selection.pinned && selection.current.model === which ? selection.current : null;
  if (what && what.kind === "range") return what.from === what.to ? { from: what.to, at: what.index } : { from: what.index, at: what.to };
  const span = what && spanOf(what);
  const at = span ? Math.max(all.findIndex((step) => step.scope === span[0]), 0) : peak;
  return { from: at, at };
}

function brushByKeys(event, drawn, model) {
  const which = data.models.indexOf(model);
  const last = model.memory.steps.length - 1;
  const start = keysAt(which);
  const to = { ArrowLeft: start.at - 1, ArrowDown: start.at - 1, ArrowRight: start.at + 1, ArrowUp: start.at + 1, Home: 0, End: last }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const at = clamp(to, 0, last);
  const from = event.shiftKey ? start.from : at;
  // What is chosen already would be let go.
  if (selection.pinned && at === start.at && from === start.from && ["step", "range"].includes(selection.current.kind) && selection.current.model === which) return;
  select(from === at ? { model: which, kind: "step", index: at } : rangeOf(which, { from, to: at }), true);
}

// What a screen reader says of the step that the keys are at.
function sayStep(drawn, model, at) {
  const { steps: all } = model.memory;
  drawn.setAttribute("aria-valuenow", at);
  drawn.setAttribute("aria-valuetext", `${stepText(model, all[at].scope)}: ${number(all[at].live_bytes)} bytes live`);
}
