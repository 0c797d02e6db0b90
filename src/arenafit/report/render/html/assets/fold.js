// A long graph that is shown as a whole is folded: its ranks go into columns beside each other, read from left to right.
const GAP = 40;
const MOST_COLUMNS = 60;

function bandsOf(layout, count) {
  const height = layout.height / count;
  const bands = Array.from({ length: count }, () => ({ left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity }));
  const at = (y) => clamp(Math.floor(y / height), 0, count - 1);
  const hold = (x, y, width, tall) => {
    const band = bands[at(y)];
    Object.assign(band, { left: Math.min(band.left, x - width), right: Math.max(band.right, x + width), top: Math.min(band.top, y - tall), bottom: Math.max(band.bottom, y + tall) });
  };
  for (const [, x, y] of layout.nodes) hold(x, y, NODE.width / 2 + 4, NODE.height / 2 + 14);
  for (const [, points] of layout.edges) for (const [x, y] of points) hold(x, y, 8, 0);
  let right = 0;
  for (const band of bands) {
    band.start = right;
    if (band.right > band.left) right += band.right - band.left + GAP;
  }
  return { bands, at, width: right - GAP, height: Math.max(...bands.map(({ top, bottom }) => bottom - top)) };
}

// The bands at which all of it is seen largest.
function bestBands(layout, pane) {
  const scale = ({ width, height }) => Math.min((pane.clientWidth - 4) / width, (pane.clientHeight - 4) / height);
  let best = bandsOf(layout, 1);
  for (let count = 2; count <= MOST_COLUMNS; count += 1) {
    const next = bandsOf(layout, count);
    if (scale(next) > 1.1 * scale(best)) best = next;
  }
  return best;
}

function folded(layout, pane) {
  const found = bestBands(layout, pane);
  if (found.bands.length === 1) return layout;
  const put = (band, x, y) => [x - band.left + band.start, y - band.top];
  const place = (x, y) => put(found.bands[found.at(y)], x, y);
  const pieces = (points) => {
    const all = [[place(...points[0])]];
    for (let next = 1; next < points.length; next += 1) {
      const [from, to] = [points[next - 1], points[next]];
      const [a, b] = [found.bands[found.at(from[1])], found.bands[found.at(to[1])]];
      if (a !== b) {
        // It leaves at the foot of one column and goes on at the head of another.
        all[all.length - 1].push(put(a, from[0], a.bottom));
        all.push([put(b, to[0], b.top)]);
      }
      all[all.length - 1].push(put(b, ...to));
    }
    return all;
  };
  return { ...layout, width: found.width, height: found.height, nodes: layout.nodes.map(([id, x, y]) => [id, ...place(x, y)]), edges: layout.edges.map(([name, points]) => [name, points, pieces(points)]) };
}

function showWhole() {
  const pane = $("#graph-pane");
  const layout = folded(drawnGraph.cache.get(graphKey()), pane);
  if (layout !== drawnGraph.layout) drawGraph(layout);
  drawnGraph.zoom = Math.min((pane.clientWidth - 4) / layout.width, (pane.clientHeight - 4) / layout.height);
  sizeGraph();
}

function showOneColumn() {
  drawnGraph.layout = null;
  drawGraph(drawnGraph.cache.get(graphKey()));
}
