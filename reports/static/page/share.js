"use strict";
// What a reader takes along: the state of the chart in the page's address, a link to it, a picture, the figures.

// Only what was chosen stands in the address, so that a link to a section stays one until then.
function stateOf() {
  const state = new URLSearchParams();
  if (RUN.datasets.length > 1) state.set("data", RUN.datasets[view.dataset].name);
  state.set("axis", AXES[view.axis]);
  state.set("scale", view.scale);
  state.set("target", percentText());
  const all = casesOfData();
  const shown = all.filter((one) => view.shown.has(one)); // on whichever axis
  if (shown.length < all.length) for (const one of shown.length ? shown : [{ label: "" }]) state.append("case", one.label);
  return state.toString();
}

function rememberState() {
  history.replaceState(null, "", `#${stateOf()}`);
}

// Takes the state of an address; what it does not name, or names wrongly, stays as it was.
function takeState(fragment) {
  const state = new URLSearchParams(fragment.replace(/^#/, ""));
  if (!state.has("axis")) return;
  const dataset = RUN.datasets.findIndex((one) => one.name === state.get("data"));
  if (dataset >= 0) chooseDataset(dataset);
  if (AXES.includes(state.get("axis"))) view.axis = AXES.indexOf(state.get("axis"));
  if (SCALES.includes(state.get("scale"))) view.scale = state.get("scale");
  const target = readPercent(state.get("target") ?? "");
  if (target !== null) view.target = target / 100;
  const named = state.getAll("case");
  view.shown = new Set(RUN.cases.filter((one) => one.dataset !== view.dataset || !named.length || named.includes(one.label)));
  view.zoom = null;
}

function tellShared(text) {
  document.getElementById("shared").textContent = text;
}

async function copyLink() {
  const link = `${location.href.split("#")[0]}#${stateOf()}`;
  try {
    await navigator.clipboard.writeText(link);
    tellShared("Link copied.");
  } catch {
    rememberState(); // without the right to the clipboard the address itself is the link
    tellShared("The link is now in the address bar.");
  }
}

function save(name, content) {
  const address = URL.createObjectURL(content);
  const anchor = Object.assign(document.createElement("a"), { href: address, download: name });
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

function fileName(ending) {
  return `${RUN.run}-${RUN.datasets[view.dataset].name}-${AXES[view.axis]}`.replace(/[^\w.-]+/g, "_") + ending;
}

// The chart as a picture on its paper, with the target's line and a legend below.
function pictureOf() {
  const { canvas } = view.plot.ctx;
  const px = devicePixelRatio;
  const row = 22 * px;
  const picture = document.createElement("canvas");
  const ctx = picture.getContext("2d");
  ctx.font = `${13 * px}px system-ui, sans-serif`;
  const rows = placeLegend(ctx, canvas.width, px);
  [picture.width, picture.height] = [canvas.width, canvas.height + row * ((rows.at(-1)?.row ?? 0) + 1.5)];
  ctx.fillStyle = colourOf("--paper");
  ctx.fillRect(0, 0, picture.width, picture.height);
  ctx.drawImage(canvas, 0, 0);
  drawTarget(ctx, px);
  [ctx.font, ctx.textBaseline] = [`${13 * px}px system-ui, sans-serif`, "middle"];
  for (const { one, left, row: number } of rows) {
    const y = canvas.height + row * (number + 0.5);
    ctx.fillStyle = strokeOf(one);
    ctx.fill(markerPath(one.marker, left + 8 * px, y, 5 * px));
    ctx.fillStyle = colourOf("--ink");
    ctx.fillText(one.label, left + 20 * px, y);
  }
  return picture;
}

function placeLegend(ctx, width, px) {
  let [left, row] = [8 * px, 0];
  return shownCases().map((one) => {
    const wide = ctx.measureText(one.label).width + 40 * px;
    if (left + wide > width && left > 8 * px) [left, row] = [8 * px, row + 1];
    const found = { one, left, row };
    left += wide;
    return found;
  });
}

function drawTarget(ctx, px) {
  const { bbox, scales } = view.plot;
  const place = placeOf(view.target);
  if (place < scales.y.min || place > scales.y.max) return;
  const y = view.plot.valToPos(place, "y", true);
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = colourOf("--accent");
  ctx.lineWidth = 2 * px;
  ctx.setLineDash([7 * px, 5 * px]);
  ctx.stroke(new Path2D(`M ${bbox.left} ${y} H ${bbox.left + bbox.width}`));
  [ctx.font, ctx.textAlign] = [`${12.5 * px}px system-ui, sans-serif`, "right"];
  ctx.fillText(`target ${percentText()} %`, bbox.left + bbox.width - 6 * px, y - 5 * px);
  ctx.restore();
}

// A spreadsheet runs a cell that begins like a formula, and a comma or quote would end it.
function csvCell(value) {
  if (typeof value === "number") return String(value);
  const inert = /^\s*[=+\-@]/.test(value) ? `'${value}` : value;
  return /[",\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

function figuresOf() {
  const header = ["data set", "case", "seed", "training time (s)", "epoch", "examples", "validation accuracy"];
  const data = RUN.datasets[view.dataset].name;
  const rows = shownCases().flatMap((one) => [{ seed: "all", points: one.points }, ...one.seeds]
    .flatMap(({ seed, points }) => points.map((point) => [data, one.label, seed, ...point.x, point.y ?? ""])));
  return [header, ...rows].map((row) => row.map(csvCell).join(",")).join("\r\n") + "\r\n";
}

function setUpSharing() {
  document.getElementById("copy-link").addEventListener("click", copyLink);
  document.getElementById("save-png").addEventListener("click", () => {
    pictureOf().toBlob((blob) => save(fileName(".png"), blob), "image/png");
  });
  document.getElementById("save-csv").addEventListener("click", () => {
    save(fileName(".csv"), new Blob([figuresOf()], { type: "text/csv" }));
  });
  addEventListener("hashchange", () => {
    takeState(location.hash);
    showControls();
    setTarget(view.target * 100);
    drawChart();
  });
}
