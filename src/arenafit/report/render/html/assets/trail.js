// The steps of a fit: a slider puts the model after any of them in the place of the fitted one.
const trail = { models: [data.models[0], ...data.between, data.models[1]], at: data.between.length + 1, listeners: [] };
const lastStep = () => data.between.length + 1;
const atTheEnd = () => trail.at === lastStep();

function captionOf(model) {
  const { memory } = model;
  const { op } = memory.steps[memory.peak];
  const where = op === null ? "" : ` in ${opLabel(model.operators[op])}`;
  return `${memory.buffers.length} buffers over ${memory.steps.length} steps; peak ${number(memory.bound_bytes)} B live${where}, head ${number(memory.head_bytes)} B, tail ${number(memory.tail_bytes)} B`;
}

function tellStep() {
  const { arena_bytes: arena } = data.trail[trail.at];
  const saved = trail.at ? arena - data.trail[trail.at - 1].arena_bytes : 0;
  const change = trail.at ? `, ${saved > 0 ? "+" : ""}${number(saved)} by this step` : "";
  const text = `Step ${trail.at} of ${lastStep()}: ${data.trail[trail.at].what}`;
  $("#step-text").textContent = `${text}. Smallest arena ${number(arena)} bytes${change}.`;
  $("#step").setAttribute("aria-valuetext", text);
  $$("#steps tbody tr").forEach((row, at) => row.classList.toggle("on", at === trail.at));
  const name = trail.at === 0 ? "before" : atTheEnd() ? "after" : `after step ${trail.at}`;
  $('.map[data-map="1"] figcaption').replaceChildren(element("b", {}, name), `: ${captionOf(data.models[1])}`);
  for (const note of $$(".of-the-last")) note.hidden = atTheEnd();
  // Which memories the buffers of a step would go to is not known.
  for (const plot of $$('.lane-plot[data-model="1"]')) plot.hidden = !atTheEnd();
}

function showStep(at) {
  trail.at = at;
  data.models[1] = trail.models[at];
  $("#step").value = at;
  if (selection.current && selection.current.model === 1) { selection.pinned = false; select(null); }
  tellStep();
  drawMaps();
  drawLanes();
  forgetGraph(1);
  show(1);
  keepState();
}

function setScale(own) {
  zoom.own = own;
  const button = $("#scale");
  if (button) button.setAttribute("aria-pressed", String(own));
}

function startTrail() {
  const button = $("#scale");
  if (button) button.addEventListener("click", () => { setScale(!zoom.own); drawMaps(); keepState(); });
  if (!data.between.length) return;
  tellStep();
  $("#step").addEventListener("input", (event) => showStep(Number(event.target.value)));
  $("#steps tbody").addEventListener("click", (event) => {
    const row = event.target.closest("tr");
    if (row) showStep($$("#steps tbody tr").indexOf(row));
  });
}
