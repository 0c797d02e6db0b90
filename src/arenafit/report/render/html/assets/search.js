// Finds operators and tensors by name: a text field with a list under it.
const LISTED = 12;
const search = { found: [], at: 0 };

function candidates() {
  const { operators, memory } = data.models[shown.model];
  const ops = operators.map((op) => ({ kind: "op", index: op.number, text: opLabel(op), more: op.output }));
  const buffers = memory.buffers.map((buffer) => ({ kind: "buffer", index: buffer.number, text: buffer.name, more: `${number(buffer.size_bytes)} B` }));
  return [...ops, ...buffers];
}

function matches(wanted) {
  const words_ = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words_.length) return [];
  const rank = (one) => (one.text.toLowerCase().startsWith(words_[0]) ? 0 : 1);
  const found = candidates().filter((one) => words_.every((word) => `${one.text} ${one.more}`.toLowerCase().includes(word)));
  return found.sort((a, b) => rank(a) - rank(b)).slice(0, LISTED);
}

function drawFound(wanted) {
  search.found = matches(wanted);
  search.at = 0;
  const options = search.found.map((one, at) => element("li", { role: "option", id: `found-${at}`, "data-at": at }, element("b", {}, shortened(one.text, 34)), " ", element("span", {}, shortened(one.more, 30))));
  if (!options.length && wanted.trim()) options.push(element("li", { role: "option", "aria-disabled": "true" }, "nothing has that name"));
  $("#found").replaceChildren(...options);
  openFound(options.length > 0);
}

function openFound(open) {
  $("#found").hidden = !open;
  $("#find").setAttribute("aria-expanded", String(open));
  $$("#found [data-at]").forEach((option, at) => option.setAttribute("aria-selected", String(at === search.at)));
  if (open && search.found.length) $("#find").setAttribute("aria-activedescendant", `found-${search.at}`);
  else $("#find").removeAttribute("aria-activedescendant");
}

function choose(at) {
  const one = search.found[at];
  if (!one) return;
  openFound(false);
  selection.pinned = false;
  select({ model: shown.model, kind: one.kind, index: one.index }, true);
  const { top, bottom } = $("#map").getBoundingClientRect();
  if (bottom < 120 || top > innerHeight - 120) $("#map").scrollIntoView();
}

function startSearch() {
  const field = $("#find");
  field.addEventListener("input", () => drawFound(field.value));
  field.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by && search.found.length) {
      event.preventDefault();
      search.at = (search.at + by + search.found.length) % search.found.length;
      openFound(true);
    } else if (event.key === "Enter") choose(search.at);
    else if (event.key === "Escape") { event.stopPropagation(); openFound(false); }
  });
  field.addEventListener("blur", () => openFound(false));
  // Before the field loses the focus, and with it the list.
  $("#found").addEventListener("pointerdown", (event) => { event.preventDefault(); const option = event.target.closest("[data-at]"); if (option) choose(Number(option.dataset.at)); });
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.matches("input, select, textarea")) return;
    event.preventDefault();
    field.focus();
  });
}
