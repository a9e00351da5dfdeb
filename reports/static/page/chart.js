"use strict";
// The curves: which axes, which data set, which cases, and the point that is read.
const REACH_PX = 36;
const TOUCH_PX = 60; // a finger is no arrow
const PRINTED_PX = 660;
const NARROW_PX = 560; // below it an axis has no room for a long name

// A line through one point has no length, so epochs without a neighbour are dots.
function lonePoints(points) {
  const isThere = (point) => point !== undefined && point.y !== null;
  return points.filter((point, k) => isThere(point) && !isThere(points[k - 1]) && !isThere(points[k + 1]));
}

function columnsOf(points, figure = "y") {
  return [points.map((point) => point.x[view.axis]), points.map((point) => placeOf(point[figure]))];
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
  for (const one of shownCases()) {
    const stroke = strokeOf(one);
    if (one.points.some((point) => point.low !== null)) {
      bands.push({ series: [series.length, series.length + 1], fill: `${stroke}22` });
      add(columnsOf(one.points, "high"), { width: 0 });
      add(columnsOf(one.points, "low"), { width: 0 });
    }
    for (const { points } of one.seeds) {
      const dots = drawMarkers(lonePoints(points), "o", 2, stroke, "transparent");
      add(columnsOf(points), { stroke: `${stroke}70`, width: 1, points: { show: dots } });
    }
    const markers = drawMarkers(one.points, one.marker, 4.5, stroke, colourOf("--paper"));
    add(columnsOf(one.points), { stroke, width: 2.5, points: { show: markers } });
  }
  return { data: tables.length ? uPlot.join(tables) : [[]], series, bands };
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
    stroke: colourOf("--soft"), grid: { stroke: colourOf("--grid"), width: 1 }, ticks: { show: false }, label,
    font: "12.5px system-ui, sans-serif", labelFont: "13px system-ui, sans-serif", labelSize: 26, ...extra,
  };
}

function yAxis(width) {
  const values = (_, splits) => splits.map((place) => percent(shareAt(place), 4));
  if (view.scale !== "error") return axisLook("Validation accuracy (%)", { size: 54, values });
  const splits = (plot, _, low, high) => errorTicks(plot, low, high);
  return axisLook(width < NARROW_PX ? "Accuracy (%)" : "Validation accuracy (%, error logarithmic)", { size: 54, values, splits });
}

function chartOptions(width, series, bands) {
  const xTicks = AXES[view.axis] === "epochs" ? { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] } : {};
  view.margin = marginForNames(width);
  return {
    width, height: Math.max(300, Math.min(440, width * 0.48)), series, bands,
    legend: { show: false }, padding: [14, view.margin || 12, 0, 0],
    cursor: { points: { show: false }, x: false, y: false, drag: { x: true, y: true, setScale: false, uni: 8 } },
    scales: {
      x: { time: false, range: () => view.zoom?.x ?? fullRange() },
      y: { range: () => view.zoom?.y ?? view.limits },
    },
    axes: [axisLook(RUN.axes[view.axis][1], { size: 36, ...xTicks }), yAxis(width)],
    hooks: { setSelect: [keepZoom], draw: [drawMajority, drawOffScale, drawNames, placeAim] },
  };
}

function drawChart() {
  const host = document.getElementById("chart");
  fitLimits();
  const { data, series, bands } = gather();
  view.plot?.destroy();
  const width = view.isPrinting ? Math.min(host.clientWidth, PRINTED_PX) : host.clientWidth;
  view.plot = new uPlot(chartOptions(width, series, bands), data, host);
  const over = view.plot.over;
  over.addEventListener("mousemove", (event) => showNearest(event.offsetX, event.offsetY, event.target === over));
  over.addEventListener("mouseleave", hideTip);
  over.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" && event.target === over) showNearest(event.offsetX, event.offsetY, true, TOUCH_PX);
  });
  document.getElementById("reset").hidden = view.zoom === null;
  tellOffScale();
}

function tellOffScale() {
  const named = view.off.map((one) => `${one.label} (${percent(bestOf(one))} % at best)`);
  document.getElementById("off-scale").textContent = named.length ? `Below the axis: ${named.join(", ")}. ` : "";
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
  const y = view.plot.valToPos(placeOf(point.y), "y");
  return [view.plot.valToPos(point.x[view.axis], "x"), Math.min(y, view.plot.over.clientHeight)];
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

function showNearest(x, y, isOnChart, reach = REACH_PX) {
  if (!isOnChart) return hideTip();
  const points = shownCases().flatMap(pointsOf).filter((point) => isInView(view.plot, point));
  const distances = points.map((point) => Math.hypot(...positionOf(point).map((at, k) => at - [x, y][k])));
  const nearest = distances.indexOf(Math.min(...distances));
  if (nearest < 0 || distances[nearest] > reach) return hideTip();
  return showPoint(points[nearest]);
}

function hideTip() {
  view.plot.over.querySelectorAll(".tip, .dot").forEach((element) => element.remove());
}

// The arrow keys do what a pointer does, and what they find is spoken.
function walk(event) {
  if (event.key === "Escape") hideTip();
  const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
  const cases = shownCases();
  if (!step || !cases.length) return;
  event.preventDefault();
  const [row, column] = view.at ? [view.at[0] + step[0], view.at[1] + step[1]] : [0, 0];
  const one = Math.min(Math.max(row, 0), cases.length - 1);
  const epoch = Math.min(Math.max(column, 0), cases[one].points.length - 1);
  view.at = [one, epoch];
  walkTo(cases[one], cases[one].points[epoch]);
}

// What is spoken is also shown: a zoom that leaves it out goes.
function walkTo(one, point) {
  document.getElementById("spoken").textContent = point.text;
  if (isInView(view.plot, point) || (!view.zoom && view.off.includes(one))) return showPoint(point);
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
    changed();
  });
  drawSwatch(swatch, one);
  themeListeners.push(() => drawSwatch(swatch, one));
  one.row = { label, box };
}

// The controls show what the chart shows, whoever chose it: the reader, or the address of the page.
function showControls() {
  document.querySelector(`input[name=axis][value=${AXES[view.axis]}]`).checked = true;
  document.querySelector(`input[name=scale][value=${view.scale}]`).checked = true;
  const chooser = document.getElementById("dataset");
  if (chooser) chooser.value = String(view.dataset);
  for (const one of RUN.cases) {
    one.row.label.hidden = one.dataset !== view.dataset || !isPlaced(one, view.axis);
    one.row.box.checked = view.shown.has(one);
  }
}

// Draws again after a choice, and keeps it in the address.
function changed() {
  drawChart();
  rememberState();
}

function chooseDataset(number) {
  Object.assign(view, { dataset: number, zoom: null, at: null });
  view.scale = RUN.datasets[number].crowded ? "error" : "accuracy";
}

function setUpChart() {
  const host = document.getElementById("chart");
  document.getElementById("interactive").hidden = false;
  for (const one of RUN.cases) addToLegend(document.getElementById("legend"), one);
  const onChange = (selector, choose) => document.querySelectorAll(selector).forEach((input) => {
    input.addEventListener("change", () => {
      choose(input.value);
      view.zoom = null;
      showControls();
      fillTable();
      changed();
    });
  });
  onChange("input[name=axis]", (value) => { view.axis = AXES.indexOf(value); });
  onChange("input[name=scale]", (value) => { view.scale = value; });
  onChange("#dataset", (value) => chooseDataset(Number(value)));
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
