// What all parts of the page share: the data, the selection, and small helpers.
const data = JSON.parse(document.getElementById("data").textContent);
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const number = (value) => (value === null || value === undefined ? "-" : value.toLocaleString("en-US"));
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.map((child) => (typeof child === "object" ? child : String(child))));
  return made;
}

function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function words(name, attributes, text) {
  const made = svg(name, attributes);
  made.textContent = text;
  return made;
}

const opLabel = (op) => `${op.graph ? `graph ${op.graph} ` : ""}#${op.index} ${op.name}`;
const shapeText = (thing) => (thing.dtype ? `${thing.dtype}[${thing.shape.join(",")}]` : "");
const steps = (buffer) => buffer.last - buffer.first + 1;

// The end of a name says most: converters put what distinguishes a tensor there.
function shortened(text, length) {
  if (text.length <= length) return text;
  return length < 4 ? "" : `…${text.slice(1 - length)}`;
}

function stepText(model, scope) {
  const step = model.memory.steps.find((candidate) => candidate.scope === scope);
  if (!step) return `step ${scope}`;
  if (step.op === null) return scope < 0 ? "never used" : "before the first operator";
  return `step ${scope}, ${opLabel(model.operators[step.op])}`;
}

// The operator that a selection belongs to: a buffer's is the one that writes it, else its first reader; the first one of
// several steps. Null: none.
function opOf(what) {
  const { memory } = data.models[what.model];
  if (what.kind === "op") return what.index;
  if (what.kind === "range") return opsOf(what)[0] ?? null;
  if (what.kind === "step") return memory.steps[what.index].op;
  if (what.kind === "tail") return memory.tail_ops[what.index].op;
  const buffer = memory.buffers[what.index];
  return buffer.producer ?? buffer.consumers[0] ?? null;
}

// All operators of a selection: several where it is a range of steps.
function opsOf(what) {
  if (what.kind !== "range") {
    const op = opOf(what);
    return op === null ? [] : [op];
  }
  const chosen = data.models[what.model].memory.steps.slice(what.index, what.to + 1);
  return [...new Set(chosen.map((step) => step.op).filter((op) => op !== null))];
}

// The first and last scope of a selection. Null: it has none, or all.
function spanOf(what) {
  const { memory } = data.models[what.model];
  if (what.kind === "range") return [memory.steps[what.index].scope, memory.steps[what.to].scope];
  if (what.kind === "buffer") return [memory.buffers[what.index].first, memory.buffers[what.index].last];
  if (what.kind === "step") return [memory.steps[what.index].scope, memory.steps[what.index].scope];
  const op = opOf(what);
  const scopes = op === null ? [] : memory.steps.filter((step) => step.op === op).map((step) => step.scope);
  return scopes.length ? [Math.min(...scopes), Math.max(...scopes)] : null;
}

// What is selected: {model, kind: "buffer" | "op" | "tail" | "step", index}, or {model, kind: "range", index, to} for
// the steps from one to another; pinned selections outlast the pointer.
const selection = { current: null, pinned: false, listeners: [] };

function select(what, pin = false) {
  if (selection.pinned && !pin) return;
  const same = what && selection.current && ["model", "kind", "index", "to"].every((key) => what[key] === selection.current[key]);
  selection.pinned = Boolean(what) && pin && !(same && selection.pinned);
  selection.current = what;
  for (const listener of selection.listeners) listener(what);
}

// Which model the switches show.
const shown = { model: 0, listeners: [] };

function show(model) {
  shown.model = model;
  for (const button of $$("[data-show]")) {
    const on = Number(button.dataset.show) === model;
    button.setAttribute("aria-checked", String(on));
    button.tabIndex = on ? 0 : -1;
  }
  for (const part of $$("[data-switched]")) part.hidden = Number(part.dataset.model) !== model;
  for (const listener of shown.listeners) listener(model);
}

// A radio group moves with the arrow keys, as its role promises.
function radios(group, chosen) {
  const buttons = $$("[role=radio]", group);
  group.addEventListener("click", (event) => {
    const button = event.target.closest("[role=radio]");
    if (button) chosen(button);
  });
  group.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const at = buttons.indexOf(document.activeElement);
    const next = buttons[(at + by + buttons.length) % buttons.length];
    next.focus();
    chosen(next);
  });
}
