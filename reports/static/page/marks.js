"use strict";
// What is drawn on the plot besides its lines: markers, names in the margin, off-scale cases, the largest class.
const MOST_NAMES = 12;
const WIDEST_MARGIN = 0.32; // of the chart
const ROW_PX = 16;

function strokeOf(one) {
  return colourOf(`--case-${one.colour}`);
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
  return isWithin(point.x[view.axis], plot.scales.x) && isWithin(placeOf(point.y), plot.scales.y);
}

function drawMarkers(points, marker, radius, fill, outline) {
  return (plot) => {
    const { ctx } = plot;
    ctx.save();
    [ctx.fillStyle, ctx.strokeStyle] = [fill, outline];
    for (const point of points.filter((other) => isInView(plot, other))) {
      const [x, y] = [plot.valToPos(point.x[view.axis], "x", true), plot.valToPos(placeOf(point.y), "y", true)];
      const path = markerPath(marker, x, y, radius * devicePixelRatio);
      ctx.fill(path);
      ctx.stroke(path);
    }
    ctx.restore();
    return false;
  };
}

function nameFont(px) {
  return `600 ${12.5 * px}px system-ui, sans-serif`;
}

// The margin right of the plot that the names need; 0 where there is no room, or more of them than can be told apart.
function marginForNames(width) {
  const cases = shownCases();
  if (view.zoom || !cases.length || cases.length > MOST_NAMES) return 0;
  const ctx = document.createElement("canvas").getContext("2d");
  ctx.font = nameFont(1);
  const widest = Math.max(...cases.map((one) => ctx.measureText(nameOf(one)).width)) + 30;
  return widest <= WIDEST_MARGIN * width ? widest : 0;
}

function bestOf(one) {
  return Math.max(...one.points.map((point) => point.y));
}

function nameOf(one) {
  return view.off.includes(one) ? `${one.short} ↓ ${percent(bestOf(one))} %` : one.short;
}

// Pushed apart where they would touch: downwards first, and from the bottom up again where that ran over the edge.
function spreadRows(rows, bottom, gap) {
  rows.sort((a, b) => a.y - b.y);
  rows.forEach((row, place) => {
    if (place) row.y = Math.max(row.y, rows[place - 1].y + gap);
  });
  rows.at(-1).y = Math.min(rows.at(-1).y, bottom);
  for (let place = rows.length - 2; place >= 0; place -= 1) rows[place].y = Math.min(rows[place].y, rows[place + 1].y - gap);
}

// Names stand in the margin, each at the height of its curve's end, where no curve and no line can strike them through.
function drawNames(plot) {
  if (!view.margin) return;
  const { ctx, bbox } = plot;
  const px = devicePixelRatio;
  const bottom = bbox.top + bbox.height;
  const rows = shownCases().map((one) => {
    const y = plot.valToPos(placeOf(one.points.at(-1).y), "y", true);
    return { one, y: view.off.includes(one) ? bottom : Math.min(Math.max(y, bbox.top), bottom) };
  });
  spreadRows(rows, bottom, ROW_PX * px);
  ctx.save();
  [ctx.font, ctx.textBaseline, ctx.textAlign] = [nameFont(px), "middle", "left"];
  const left = bbox.left + bbox.width + 12 * px;
  for (const { one, y } of rows) {
    ctx.fillStyle = strokeOf(one);
    ctx.fill(markerPath(one.marker, left, y, 4 * px));
    ctx.fillStyle = colourOf(`--name-${one.colour}`);
    ctx.fillText(nameOf(one), left + 9 * px, y);
  }
  ctx.restore();
}

// Off the scale a case is a row of arrows at the lower edge, one at each of its epochs.
function drawOffScale(plot) {
  const { ctx, bbox } = plot;
  const px = devicePixelRatio;
  ctx.save();
  for (const one of view.zoom ? [] : view.off) {
    ctx.fillStyle = strokeOf(one);
    for (const point of one.points) {
      const x = plot.valToPos(point.x[view.axis], "x", true);
      ctx.fill(markerPath("v", x, bbox.top + bbox.height - 6 * px, 5 * px));
    }
  }
  ctx.restore();
}

// What always answering the largest class reaches, where the curves come near enough for it to be in view.
function drawMajority(plot) {
  const share = RUN.datasets[view.dataset].majority;
  const place = placeOf(share);
  if (share === null || place < plot.scales.y.min || place > plot.scales.y.max) return;
  const { ctx, bbox } = plot;
  const px = devicePixelRatio;
  const y = plot.valToPos(place, "y", true);
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = colourOf("--soft");
  ctx.lineWidth = px;
  ctx.setLineDash([6 * px, 3 * px, px, 3 * px]);
  ctx.stroke(new Path2D(`M ${bbox.left} ${y} H ${bbox.left + bbox.width}`));
  [ctx.font, ctx.textBaseline, ctx.textAlign] = [`${12 * px}px system-ui, sans-serif`, "bottom", "right"];
  ctx.fillText(`largest class ${percent(share)} %`, bbox.left + bbox.width - 4 * px, y - 2 * px);
  ctx.restore();
}
