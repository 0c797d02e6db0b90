// The panel that says all about what is selected.
function rows(pairs) {
  const list = element("dl");
  for (const [title, value] of pairs.filter(([, text]) => text !== "" && text !== null)) list.append(element("dt", {}, title), element("dd", {}, value));
  return list;
}

function bufferDetails(model, buffer) {
  const op = (index) => opLabel(model.operators[index]);
  const inGraph = model.graphs.length > 1 ? `${buffer.graph} (${model.graphs[buffer.graph].name})` : "";
  return [buffer.name, [
    ["kind", buffer.kind], ["graph", inGraph], ["type, shape", shapeText(buffer)], ["bytes", number(buffer.size_bytes)],
    ["address", `${number(buffer.offset_bytes)} to ${number(buffer.end_bytes)}${buffer.fixed ? ", by an offline plan" : ""}`],
    ["producer", buffer.producer === null ? "none (fed from outside)" : op(buffer.producer)],
    ["consumers", buffer.kind === "scratch" ? "its operator alone" : buffer.consumers.map(op).join(", ") || "none"],
    ["live from", stepText(model, buffer.first)], ["live to", stepText(model, buffer.last)], ["steps", number(steps(buffer))], ...placeDetails(model, buffer),
  ]];
}

function opDetails(model, op) {
  return [opLabel(op), [
    ["output", op.output], ["type, shape", op.output_dtype ? `${op.output_dtype}[${op.output_shape.join(",")}]` : ""],
    ["bytes in", number(op.in_bytes)], ["bytes out", number(op.out_bytes)], ["scratch", number(op.scratch_bytes)], ["tail", number(op.tail_bytes)],
    ["live bytes", number(op.live_bytes)], ["runs", op.times === 1 ? "" : op.times ? `${number(op.times)} times in one Invoke` : "not in an Invoke, or that depends on data"], ["MACs", number(op.macs)], ["instructions", op.instructions === null ? "no price" : `${number(op.instructions)} (estimated)`],
    ["runs graphs", op.runs.map((graph) => `graph ${graph} (${model.graphs[graph].name})`).join(", ")], ["note", op.note],
  ]];
}

function tailDetails(model, part) {
  return [`tail: ${ownerOf(model, part)}`, [["bytes", number(part.size_bytes)], ["allocations", number(part.count)], ...part.largest.map(([what, size]) => [number(size), what])]];
}

const largestOfThem = (buffers) => buffers.slice(0, 6).map((buffer) => [number(buffer.size_bytes), shortened(buffer.name, 40)]);

function stepDetails(model, step) {
  const alive = model.memory.buffers.filter((buffer) => buffer.first <= step.scope && step.scope <= buffer.last).sort((a, b) => b.size_bytes - a.size_bytes);
  return [stepText(model, step.scope), [["live bytes", number(step.live_bytes)], ["if unshared", step.unshared_bytes > step.live_bytes ? number(step.unshared_bytes) : ""], ["buffers", number(alive.length)], ...largestOfThem(alive)]];
}

function rangeDetails(model, what) {
  const [from, to] = spanOf(what);
  const chosen = model.memory.steps.slice(what.index, what.to + 1);
  const highest = chosen.reduce((best, step) => (step.live_bytes > best.live_bytes ? step : best));
  const alive = model.memory.buffers.filter((buffer) => buffer.first <= to && buffer.last >= from).sort((a, b) => b.size_bytes - a.size_bytes);
  const kept = alive.filter((buffer) => buffer.first < from && buffer.last > to);
  return [`steps ${from} to ${to}`, [
    ["most live bytes", number(highest.live_bytes)], ["at", stepText(model, highest.scope)], ["operators", number(opsOf(what).length)],
    ["buffers alive", number(alive.length)], ["kept throughout", kept.length ? `${number(kept.length)}, ${number(kept.reduce((sum, buffer) => sum + buffer.size_bytes, 0))} B` : "none"],
    ...largestOfThem(alive),
  ]];
}

function describe(what) {
  const model = data.models[what.model];
  if (what.kind === "buffer") return bufferDetails(model, model.memory.buffers[what.index]);
  if (what.kind === "tail") return tailDetails(model, model.memory.tail_ops[what.index]);
  if (what.kind === "range") return rangeDetails(model, what);
  if (what.kind === "step") return stepDetails(model, model.memory.steps[what.index]);
  return opDetails(model, model.operators[what.index]);
}

function drawDetails(what) {
  const panel = $("#details");
  panel.classList.toggle("active", Boolean(what));
  if (!what) {
    panel.replaceChildren(element("p", { class: "hint" }, "Nothing selected: hover over, tap or move to a buffer, an operator or a tensor."));
    return;
  }
  const [title, pairs] = describe(what);
  if (data.models.length > 1) pairs.unshift(["model", data.names[what.model]]);
  const close = element("button", { type: "button", class: "button close", "aria-label": "Close the details" }, "×");
  close.addEventListener("click", () => select(null, true));
  panel.replaceChildren(close, element("h3", {}, title));
  if (what.kind === "range") {
    const zoomIn = element("button", { type: "button", class: "button zoom-to" }, "Zoom to these steps");
    zoomIn.addEventListener("click", () => zoomTo(what));
    panel.append(zoomIn);
  }
  panel.append(rows(pairs));
  if (selection.pinned) panel.append(element("p", { class: "hint" }, "Selected; Escape lets it go."));
}
