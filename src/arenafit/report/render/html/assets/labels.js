// What is written on the map: ticks, the peak, the budget, and a label in each box that has room for one.
const ruler = document.createElement("canvas").getContext("2d");
ruler.font = `11px ${getComputedStyle(document.body).fontFamily}`;
const LINE = 14;

// Keeps labels from covering each other.
class Labels {
  constructor(drawn, scale) {
    Object.assign(this, { drawn, scale, taken: [] });
  }

  isFree(place, others) {
    const meets = (other) => other.x < place.x + place.width && place.x < other.x + other.width && other.y < place.y + place.height && place.y < other.y + other.height;
    return !this.taken.some(meets) && !others.some(meets);
  }

  // Writes the first text that has room inside the area and stands on none of the boxes in `others`.
  inside(area, texts, others = []) {
    for (const lines of texts) {
      const size = { width: Math.max(...lines.map((line) => ruler.measureText(line).width)) + 4, height: LINE * lines.length - 2 };
      if (size.width + 4 > area.width || size.height > area.height) continue;
      const tops = [area.y + 1, area.y + area.height - size.height - 1, area.y + (area.height - size.height) / 2];
      const lefts = [area.x + 3, area.x + (area.width - size.width) / 2, area.x + area.width - size.width - 1];
      for (const x of lefts) {
        for (const y of tops) {
          const place = { x, y: Math.max(y, area.y), ...size };
          if (this.isFree(place, others)) return this.write(place, lines);
        }
      }
    }
    return false;
  }

  write(place, lines) {
    this.taken.push(place);
    lines.forEach((line, at) => this.drawn.append(words("text", { x: place.x + 2, y: place.y + 10 + LINE * at, class: "box-text" }, line)));
    return true;
  }

  // Text of a line across the map: it stands beside the line where there is room, and boxes' labels make way for it.
  guide(text, x, y, anchor) {
    const width = ruler.measureText(text).width + 4;
    const left = clamp(anchor === "end" ? x - width : x, 0, Math.max(this.scale.width - width, 0));
    for (const top of [y - LINE, y + 2, y - 2 * LINE, y + LINE + 2]) {
      const place = { x: left, y: clamp(top, 0, this.scale.height - LINE), width, height: LINE };
      if (!this.isFree(place, [])) continue;
      this.taken.push(place);
      this.drawn.append(words("text", { x: place.x + 2, y: place.y + 11, class: "guide-text" }, text));
      return;
    }
  }
}

function nameOf(model, buffer) {
  if (buffer.kind === "scratch") return buffer.producer === null ? "scratch" : `#${model.operators[buffer.producer].index} scratch`;
  return buffer.producer === null ? buffer.kind : opLabel(model.operators[buffer.producer]);
}

function nameBoxes(order, model, scale, labels) {
  const areas = order.map((buffer) => areaOf(buffer, scale));
  order.forEach((buffer, at) => {
    const area = areas[at];
    if (area.height < LINE - 2 || area.width < 18) return;
    const name = nameOf(model, buffer);
    const size = number(buffer.size_bytes);
    const brief = name.split(" ")[0];
    // What is drawn later lies above this box.
    labels.inside(area, [[`${name} ${size}`], [name, size], [`${brief} ${size}`], [brief, size], [brief]], areas.slice(at + 1));
  });
}

function tickText(bytes) {
  if (bytes === 0) return "0";
  return bytes < 1024 ? `${bytes} B` : `${number(bytes / 1024)} KiB`;
}

function addressAxis(scale) {
  const axis = svg("svg", { width: AXIS, height: scale.height, class: "axis", "aria-hidden": "true" });
  const wanted = (scale.top * 38) / scale.height;
  const step = Math.max(64, 2 ** Math.ceil(Math.log2(wanted)));
  for (let bytes = 0; bytes <= scale.top; bytes += step) {
    const y = scale.y(bytes);
    axis.append(svg("line", { x1: AXIS - 4, x2: AXIS, y1: y, y2: y, class: "guide" }), words("text", { x: AXIS - 7, y: clamp(y + 4, 10, scale.height - 2), "text-anchor": "end" }, tickText(bytes)));
  }
  return axis;
}

function drawMarks(drawn, model, scale, labels) {
  const { memory } = model;
  const peak = memory.steps[memory.peak];
  const top = scale.y(memory.head_bytes);
  const x = scale.x(peak.scope);
  const right = x > scale.width / 2;
  drawn.append(svg("line", { x1: 0, x2: scale.width, y1: top, y2: top, class: "guide" }));
  drawn.append(svg("rect", { x, y: Math.min(top, scale.height - 2), width: Math.max(scale.stepWidth, 2), height: scale.height - top, class: "peak-band" }));
  if (budgetShown(model)) {
    const y = scale.y(data.budget);
    drawn.append(svg("line", { x1: 0, x2: scale.width, y1: y, y2: y, class: "budget" }));
    labels.guide(`the board leaves ${number(data.budget)}`, scale.width - 2, y, "end");
  }
  labels.guide(`▼ peak ${number(peak.live_bytes)}`, right ? x + scale.stepWidth : x, top, right ? "end" : "start");
  labels.guide(`head ${number(memory.head_bytes)}`, right ? 2 : scale.width - 2, top, right ? "start" : "end");
}
