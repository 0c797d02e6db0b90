"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const names = {
    fitted_bytes: "fitted arena, bytes", stock_bytes: "stock arena, bytes", flash_bytes: "flash, bytes",
    instructions: "instructions", macs: "multiply-accumulates", loss: "loss on validation samples",
  };
  const has = (key) => data.points.some((point) => point[key] !== null);
  const keys = Object.keys(names).filter(has);
  const across = document.getElementById("across"), up = document.getElementById("up");
  const onlyFront = document.getElementById("only-front");
  const plot = document.getElementById("plot"), chosen = document.getElementById("chosen");
  const make = (name, attributes, parent, text) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    parent.append(made);
    return made;
  };
  for (const list of [across, up]) {
    for (const key of keys) list.append(new Option(names[key], key));
  }
  across.value = keys[0];
  up.value = keys.includes("loss") ? "loss" : keys[Math.min(3, keys.length - 1)];

  const frame = { left: 80, right: 20, top: 15, bottom: 50, width: 900, height: 420 };
  const short = (value) => Math.abs(value) >= 1e6 ? `${(value / 1e6).toFixed(1)}M` :
    Math.abs(value) >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(3);
  const scale = (values, low, high, logarithmic) => {
    const of = logarithmic ? Math.log : (value) => value;
    let least = Math.min(...values.map(of)), most = Math.max(...values.map(of));
    if (least === most) { least -= 0.5; most += 0.5; }
    const pad = (most - least) * 0.05;
    least -= pad; most += pad;
    const at = (value) => low + (of(value) - least) / (most - least) * (high - low);
    const ticks = [0, 1, 2, 3, 4].map((step) => {
      const place = least + (most - least) * (step + 0.5) / 5;
      return logarithmic ? Math.exp(place) : place;
    });
    return { at, ticks };
  };
  const describe = (point) => {
    const lines = [`Trial ${point.trial}: ${point.settings.join(" ")}`];
    const figures = keys.filter((key) => point[key] !== null)
      .map((key) => `${names[key]} ${key === "loss" ? point.loss.toPrecision(4) : point[key].toLocaleString("en")}`);
    lines.push(figures.join(" · "));
    if (point.drop !== null) {
      lines.push(`lost against the original ${(100 * point.drop).toFixed(2)} % ± ${(100 * point.error).toFixed(2)}`);
    }
    lines.push(Object.entries(point.params).map(([name, value]) => `${name}=${value}`).join(" "));
    chosen.replaceChildren(...lines.map((line) => Object.assign(document.createElement("div"), { textContent: line })));
    const page = data.pages[point.trial];
    if (page) chosen.append(Object.assign(document.createElement("a"), { href: page, textContent: "its own report" }));
  };
  let selected = null;
  const draw = () => {
    plot.replaceChildren();
    const x = across.value, y = up.value;
    const points = data.points.filter((point) => point[x] !== null && point[y] !== null &&
      (!onlyFront.checked || point.on_front));
    if (!points.length) { make("text", { x: 100, y: 100 }, plot, "no candidate was completed"); return; }
    const bytes = (key) => key !== "loss" && points.every((point) => point[key] > 0);
    const horizontal = scale(points.map((point) => point[x]), frame.left, frame.width - frame.right, bytes(x));
    const vertical = scale(points.map((point) => point[y]), frame.height - frame.bottom, frame.top, bytes(y));
    const base = frame.height - frame.bottom;
    make("path", { class: "axis", fill: "none", d: `M${frame.left} ${frame.top}V${base}H${frame.width - frame.right}` }, plot);
    for (const tick of horizontal.ticks) {
      make("text", { x: horizontal.at(tick), y: base + 18, "text-anchor": "middle" }, plot, short(tick));
    }
    for (const tick of vertical.ticks) {
      make("text", { x: frame.left - 8, y: vertical.at(tick) + 4, "text-anchor": "end" }, plot, short(tick));
    }
    make("text", { x: (frame.left + frame.width) / 2, y: base + 40, "text-anchor": "middle" }, plot, names[x]);
    const ordered = [...points].sort((a, b) => a[x] - b[x] || a[y] - b[y]);
    let best = Infinity, path = "";
    for (const point of ordered) {
      if (point[y] >= best) continue;
      const px = horizontal.at(point[x]), py = vertical.at(point[y]);
      path += path ? `H${px}V${py}` : `M${px} ${py}`;
      best = point[y];
    }
    make("path", { class: "step", d: path }, plot);
    for (const point of points) {
      const px = horizontal.at(point[x]), py = vertical.at(point[y]);
      if (y === "loss" && point.on_front && point.error) {
        const low = vertical.at(point.loss - point.error), high = vertical.at(point.loss + point.error);
        make("path", { class: "error", d: `M${px} ${low}V${high}` }, plot);
      }
      const kind = point.trial === data.pick ? " pick" : point.on_front ? " front" : "";
      const dot = make("circle", {
        class: `point${kind}`, cx: px, cy: py, r: kind ? 6 : 4, tabindex: 0, role: "button",
        "aria-label": `trial ${point.trial}, ${names[x]} ${short(point[x])}, ${names[y]} ${short(point[y])}`,
      }, plot);
      const select = () => {
        selected?.classList.remove("selected");
        selected = dot;
        dot.classList.add("selected");
        describe(point);
      };
      dot.addEventListener("mouseenter", () => { if (!selected) describe(point); });
      dot.addEventListener("focus", () => describe(point));
      dot.addEventListener("click", select);
      dot.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); select(); } });
    }
    selected = null;
  };
  for (const list of [across, up, onlyFront]) list.addEventListener("change", draw);
  draw();
  document.documentElement.dataset.ready = "yes";
})();
