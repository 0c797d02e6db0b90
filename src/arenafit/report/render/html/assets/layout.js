// Runs in a worker with dagre before it: lays out {nodes: [[id, width, height]], edges: [[from, to, name]]}.
onmessage = ({ data }) => {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: "TB", nodesep: 28, ranksep: 36, edgesep: 14, marginx: 16, marginy: 16 });
  for (const [id, width, height] of data.nodes) graph.setNode(id, { width, height });
  for (const [from, to, name] of data.edges) graph.setEdge(from, to, {}, name);
  dagre.layout(graph);
  postMessage({
    key: data.key,
    width: graph.graph().width,
    height: graph.graph().height,
    nodes: data.nodes.map(([id]) => [id, graph.node(id).x, graph.node(id).y]),
    edges: data.edges.map(([from, to, name]) => [name, graph.edge({ v: from, w: to, name }).points.map(({ x, y }) => [x, y])]),
  });
};
