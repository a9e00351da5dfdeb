"use strict";
// The curves: which x axis, which cases, the point under the pointer, and the line of the target.
const RUN = JSON.parse(document.getElementById("run-data").textContent);
const AXES = RUN.axes.map(([key]) => key);
const MOST_LABELS = 6;
const WIDEST_LABEL = 0.3;
const REACH_PX = 36;
const ROW_PX = 15;
const view = { axis: 0, zoom: null, target: RUN.target, shown: new Set(RUN.cases), plot: null, at: null };

// On dark paper a colour needs more light; black becomes white.
function strokeOf(one) {
  if (!isDark()) return one.colour;
  if (one.colour === "#000000") return "#ffffff";
  const parts = [1, 3, 5].map((start) => parseInt(one.colour.slice(start, start + 2), 16));
  return `#${parts.map((part) => Math.round(part + 0.3 * (255 - part)).toString(16).padStart(2, "0")).join("")}`;
}

// Path of a marker around (x, y); the shapes are those of the figures in report.md.
function markerPath(marker, x, y, r) {
  const corners = {
    s: [[-1, -1], [1, -1], [1, 1], [-1, 1]], D: [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]],
    "^": [[0, -1.2], [1.2, 1], [-1.2, 1]], v: [[0, 1.2], [1.2, -1], [-1.2, -1]],
    "<": [[-1.2, 0], [1, -1.2], [1, 1.2]], ">": [[1.2, 0], [-1, -1.2], [-1, 1.2]],
    P: [[-0.4, -1.2], [0.4, -1.2], [0.4, -0.4], [1.2, -0.4], [1.2, 0.4], [0.4, 0.4], [0.4, 1.2], [-0.4, 1.2],
      [-0.4, 0.4], [-1.2, 0.4], [-1.2, -0.4], [-0.4, -0.4]],
    X: [[0, -0.5], [0.7, -1.2], [1.2, -0.7], [0.5, 0], [1.2, 0.7], [0.7, 1.2], [0, 0.5], [-0.7, 1.2], [-1.2, 0.7],
      [-0.5, 0], [-1.2, -0.7], [-0.7, -1.2]],
    h: [[0, -1.2], [1, -0.6], [1, 0.6], [0, 1.2], [-1, 0.6], [-1, -0.6]],
  }[marker];
  const path = new Path2D();
  if (!corners) path.arc(x, y, r * 1.1, 0, 2 * Math.PI);
  else {
    corners.forEach(([dx, dy], place) => path[place ? "lineTo" : "moveTo"](x + dx * r, y + dy * r));
    path.closePath();
  }
  return path;
}

// A zoom leaves points out of view, and a marker there would stand on the axes or beside the plot.
function isInView(plot, point) {
  const isWithin = (value, { min, max }) => value >= min && value <= max;
  return isWithin(point.x[view.axis], plot.scales.x) && isWithin(point.y, plot.scales.y);
}

function drawMarkers(points, marker, radius, fill, outline) {
  return (plot) => {
    const { ctx } = plot;
    ctx.save();
    [ctx.fillStyle, ctx.strokeStyle] = [fill, outline];
    for (const point of points.filter((other) => isInView(plot, other))) {
      const [x, y] = [plot.valToPos(point.x[view.axis], "x", true), plot.valToPos(point.y, "y", true)];
      const path = markerPath(marker, x, y, radius * devicePixelRatio);
      ctx.fill(path);
      ctx.stroke(path);
    }
    ctx.restore();
    return false;
  };
}

// A line through one point has no length, so epochs without a neighbour are dots.
function lonePoints(points) {
  const isThere = (point) => point !== undefined && point.y !== null;
  return points.filter((point, k) => isThere(point) && !isThere(points[k - 1]) && !isThere(points[k + 1]));
}

function columnsOf(points, figure = "y") {
  return [points.map((point) => point.x[view.axis]), points.map((point) => point[figure])];
}

// One series a seed, two for a band where there is one, and the thick one of the case on top.
function gather() {
  const tables = [];
  const series = [{}];
  const bands = [];
  const add = (columns, options) => {
    tables.push(columns);
    series.push({ points: { show: false }, ...options });
  };
  for (const one of RUN.cases.filter((other) => view.shown.has(other))) {
    const stroke = strokeOf(one);
    if (one.points.some((point) => point.low !== null)) {
      bands.push({ series: [series.length, series.length + 1], fill: `${stroke}22` });
      add(columnsOf(one.points, "high"), { width: 0 });
      add(columnsOf(one.points, "low"), { width: 0 });
    }
    for (const seed of one.seeds) {
      const dots = drawMarkers(lonePoints(seed), "o", 2, stroke, "transparent");
      add(columnsOf(seed), { stroke: `${stroke}70`, width: 1, points: { show: dots } });
    }
    const markers = drawMarkers(one.points, one.marker, 4.5, stroke, colourOf("--paper"));
    add(columnsOf(one.points), { stroke, width: 2.5, points: { show: markers } });
  }
  return { data: tables.length ? uPlot.join(tables) : [[]], series, bands };
}

function fullRange() {
  const all = RUN.cases.flatMap((one) => [...one.points, ...one.seeds.flat()]).map((point) => point.x[view.axis]);
  const most = Math.max(...all);
  return AXES[view.axis] === "epochs" ? [0.5, most + 0.5] : [0, most * 1.04];
}

// Names stand beside their curves' ends, pushed apart where they would touch.
function drawNames(plot) {
  const cases = RUN.cases.filter((one) => view.shown.has(one));
  if (cases.length > MOST_LABELS || view.zoom) return;
  const { ctx, bbox } = plot;
  const px = devicePixelRatio;
  ctx.save();
  ctx.font = `600 ${12.5 * px}px system-ui, sans-serif`;
  ctx.lineWidth = 4 * px;
  ctx.strokeStyle = colourOf("--paper");
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  const ends = cases.map((one) => {
    const last = one.points.at(-1);
    const [x, y] = [plot.valToPos(last.x[view.axis], "x", true), plot.valToPos(last.y, "y", true)];
    const width = ctx.measureText(one.short).width;
    const hasRoom = x + width + 14 * px < bbox.left + bbox.width;
    return { one, width, left: hasRoom ? x + 10 * px : x - width, y: hasRoom ? y : y + ROW_PX * px };
  });
  if (ends.some(({ width }) => width > WIDEST_LABEL * bbox.width)) return ctx.restore();
  ends.sort((a, b) => a.y - b.y);
  ends.forEach((end, place) => {
    const near = ends.slice(0, place).filter((other) => Math.abs(other.left - end.left) < other.width + end.width);
    end.y = Math.max(end.y, ...near.map((other) => other.y + ROW_PX * px));
    ctx.fillStyle = strokeOf(end.one);
    ctx.strokeText(end.one.short, end.left, end.y);
    ctx.fillText(end.one.short, end.left, end.y);
  });
  return ctx.restore();
}

function keepZoom(plot) {
  const { left, top, width, height } = plot.select;
  if (width < 8 || height < 8) return;
  view.zoom = {
    x: [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")],
    y: [plot.posToVal(top + height, "y"), plot.posToVal(top, "y")],
  };
  queueMicrotask(drawChart);
}

function axisLook(label, extra = {}) {
  return {
    stroke: colourOf("--soft"), grid: { stroke: colourOf("--line"), width: 1 }, ticks: { show: false }, label,
    font: "12.5px system-ui, sans-serif", labelFont: "13px system-ui, sans-serif", labelSize: 26, ...extra,
  };
}

function chartOptions(host, series, bands) {
  const yRange = () => view.zoom?.y ?? RUN.limits;
  const xTicks = AXES[view.axis] === "epochs" ? { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] } : {};
  return {
    width: host.clientWidth, height: Math.max(280, Math.min(440, host.clientWidth * 0.48)), series, bands,
    legend: { show: false }, padding: [14, 12, 0, 0],
    cursor: { points: { show: false }, x: false, y: false, drag: { x: true, y: true, setScale: false, uni: 8 } },
    scales: { x: { time: false, range: () => view.zoom?.x ?? fullRange() }, y: { range: yRange } },
    axes: [axisLook(RUN.axes[view.axis][1], { size: 36, ...xTicks }),
      axisLook("Validation accuracy (share)", { size: 52 })],
    hooks: { setSelect: [keepZoom], draw: [drawNames, placeAim] },
  };
}

function drawChart() {
  const host = document.getElementById("chart");
  const { data, series, bands } = gather();
  view.plot?.destroy();
  view.plot = new uPlot(chartOptions(host, series, bands), data, host);
  const over = view.plot.over;
  over.addEventListener("mousemove", (event) => showNearest(event.offsetX, event.offsetY, event.target === over));
  over.addEventListener("mouseleave", hideTip);
  document.getElementById("reset").hidden = view.zoom === null;
}

function place(kind, x, y) {
  const over = view.plot.over;
  const element = over.querySelector(`.${kind}`) ?? over.appendChild(document.createElement("div"));
  element.className = kind;
  element.style.left = `${x}px`;
  element.style.top = `${y}px`;
  return element;
}

function positionOf(point) {
  return [view.plot.valToPos(point.x[view.axis], "x"), view.plot.valToPos(point.y, "y")];
}

function showPoint(point) {
  const [x, y] = positionOf(point);
  place("dot", x, y);
  const tip = place("tip", 0, 0);
  tip.textContent = point.text;
  const room = view.plot.over.clientWidth - tip.offsetWidth;
  tip.style.left = `${Math.max(0, Math.min(room, x + 12))}px`;
  tip.style.top = `${y > tip.offsetHeight + 14 ? y - tip.offsetHeight - 12 : y + 14}px`;
}

function showNearest(x, y, isOnChart) {
  if (!isOnChart) return hideTip();
  const all = [...view.shown].flatMap((one) => [...one.points, ...one.seeds.flat()]);
  const points = all.filter((point) => point.y !== null && isInView(view.plot, point));
  const distances = points.map((point) => Math.hypot(...positionOf(point).map((at, k) => at - [x, y][k])));
  const nearest = distances.indexOf(Math.min(...distances));
  if (nearest < 0 || distances[nearest] > REACH_PX) return hideTip();
  return showPoint(points[nearest]);
}

function hideTip() {
  view.plot.over.querySelectorAll(".tip, .dot").forEach((element) => element.remove());
}

// The arrow keys do what a pointer does, and what they find is spoken.
function walk(event) {
  const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
  const cases = RUN.cases.filter((one) => view.shown.has(one));
  if (!step || !cases.length) return;
  event.preventDefault();
  const [row, column] = view.at ? [view.at[0] + step[0], view.at[1] + step[1]] : [0, 0];
  const one = Math.min(Math.max(row, 0), cases.length - 1);
  const epoch = Math.min(Math.max(column, 0), cases[one].points.length - 1);
  view.at = [one, epoch];
  walkTo(cases[one].points[epoch]);
}

// What is spoken is also shown: a zoom that leaves it out goes.
function walkTo(point) {
  document.getElementById("spoken").textContent = point.text;
  if (isInView(view.plot, point)) return showPoint(point);
  view.zoom = null;
  drawChart();
  return queueMicrotask(() => showPoint(point)); // a new plot's scales stand once it has drawn itself
}

function drawSwatch(canvas, one) {
  const scale = devicePixelRatio;
  [canvas.width, canvas.height] = [30 * scale, 16 * scale];
  const ctx = canvas.getContext("2d");
  ctx.strokeStyle = ctx.fillStyle = strokeOf(one);
  ctx.lineWidth = 2.5 * scale;
  ctx.stroke(new Path2D(`M 0 ${8 * scale} H ${30 * scale}`));
  ctx.fill(markerPath(one.marker, 15 * scale, 8 * scale, 4.5 * scale));
}

function addToLegend(legend, one) {
  const label = legend.appendChild(document.createElement("label"));
  const box = label.appendChild(Object.assign(document.createElement("input"), { type: "checkbox", checked: true }));
  const swatch = label.appendChild(document.createElement("canvas"));
  swatch.setAttribute("aria-hidden", "true");
  label.append(one.label);
  box.addEventListener("change", () => {
    view.shown[box.checked ? "add" : "delete"](one);
    view.at = null;
    drawChart();
  });
  drawSwatch(swatch, one);
  themeListeners.push(() => drawSwatch(swatch, one));
}

function setUpChart() {
  const host = document.getElementById("chart");
  document.getElementById("interactive").hidden = false;
  for (const one of RUN.cases) addToLegend(document.getElementById("legend"), one);
  for (const radio of document.querySelectorAll("input[name=axis]")) {
    radio.addEventListener("change", () => {
      [view.axis, view.zoom] = [AXES.indexOf(radio.value), null];
      drawChart();
    });
  }
  document.getElementById("reset").addEventListener("click", () => {
    view.zoom = null;
    drawChart();
  });
  host.addEventListener("keydown", walk);
  host.addEventListener("blur", hideTip);
  let width = host.clientWidth;
  new ResizeObserver(() => {
    if (host.clientWidth !== width) {
      width = host.clientWidth;
      drawChart();
    }
  }).observe(host);
  themeListeners.push(drawChart);
}
