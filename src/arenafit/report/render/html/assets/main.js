// Starts everything, and hears the pointer and the keys.
const THEMES = ["auto", "light", "dark"];

function setTheme(name) {
  if (name === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  $("#theme").textContent = `Theme: ${name}`;
  // A page opened from a file may have no storage.
  try { localStorage.setItem("arenafit-theme", name); } catch { /* the choice lasts as long as the page */ }
}

function startTheme() {
  let kept = "auto";
  try { kept = localStorage.getItem("arenafit-theme") ?? "auto"; } catch { /* as above */ }
  setTheme(THEMES.includes(kept) ? kept : "auto");
  $("#theme").addEventListener("click", () => {
    const now = document.documentElement.dataset.theme ?? "auto";
    setTheme(THEMES[(THEMES.indexOf(now) + 1) % THEMES.length]);
  });
}

function startMap() {
  patterns();
  legend($("#map .legend"));
  const maps = $(".maps");
  maps.addEventListener("pointerover", (event) => { if (event.pointerType === "mouse") select(selectionOf(event.target)); });
  maps.addEventListener("pointerleave", () => select(null));
  maps.addEventListener("click", (event) => { const what = selectionOf(event.target); if (what) select(what, true); });
  maps.addEventListener("focusin", (event) => { const what = selectionOf(event.target); if (what) select(what); });
  maps.addEventListener("keydown", moveInMap);
  for (const button of $$("[data-zoom]")) button.addEventListener("click", () => zoomMap(button.dataset.zoom, Number(button.dataset.by)));
  maps.addEventListener("wheel", wheelOverMap, { passive: false });
  for (const pane of $$(".pane")) drag(pane);
  let width = innerWidth;
  addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; drawMaps(); } });
}

function listGraphs() {
  const { graphs } = data.models[shown.model];
  $("#which-graph").replaceChildren(...graphs.map((graph) => element("option", { value: graph.index }, `${graph.index}: ${graph.name} (${graph.end_op - graph.first_op} operators)`)));
}

function startGraph() {
  const pane = $("#graph-pane");
  let visible = false;
  const request = () => { if (visible) requestGraph(shown.model, Number($("#which-graph").value)); };
  listGraphs();
  shown.listeners.push(() => { listGraphs(); request(); });
  $("#which-graph").addEventListener("change", request);
  new IntersectionObserver((entries, observer) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    visible = true;
    request();
  }, { rootMargin: "400px" }).observe(pane);
  for (const button of $$("[data-graph-zoom]")) button.addEventListener("click", () => zoomGraph(button.dataset.graphZoom));
  pane.addEventListener("click", (event) => { const what = selectionOf(event.target); if (what) select(what, true); });
  pane.addEventListener("pointerover", (event) => { if (event.pointerType === "mouse") select(selectionOf(event.target)); });
  pane.addEventListener("keydown", moveInGraph);
  pane.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    const at = pane.getBoundingClientRect();
    zoomGraph(event.deltaY < 0 ? 1.15 : 0.87, event.clientX - at.left, event.clientY - at.top);
  }, { passive: false });
  drag(pane);
  pane.addEventListener("scroll", moveWindow, { passive: true });
  for (const event of ["pointerdown", "pointermove"]) $("#overview").addEventListener(event, jumpInOverview);
  radios($("[data-colour]").parentElement, (button) => {
    for (const one of $$("[data-colour]")) { one.setAttribute("aria-checked", String(one === button)); one.tabIndex = one === button ? 0 : -1; }
    drawnGraph.colour = button.dataset.colour;
    if (drawnGraph.layout) drawGraph(drawnGraph.layout);
  });
  selection.listeners.push(markGraph);
}

selection.listeners.push(drawDetails, markSelected, markTensors);
startTheme();
startMap();
startTable();
startTensors();
startGraph();
startSearch();
startMemories();
selection.listeners.push(reveal);
for (const group of $$(".switch:has([data-show])")) radios(group, (button) => show(Number(button.dataset.show)));
startTrail();
startBrush();
startState();
addEventListener("keydown", (event) => { if (event.key === "Escape") select(null, true); });
document.documentElement.dataset.ready = "yes";
