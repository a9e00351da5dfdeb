"use strict";
// Light or dark: the system's choice until the reader chooses; charts redraw when it changes.
const root = document.documentElement;
const systemDark = matchMedia("(prefers-color-scheme: dark)");
const themeListeners = [];

function isDark() {
  return root.dataset.theme ? root.dataset.theme === "dark" : systemDark.matches;
}

function colourOf(name) {
  return getComputedStyle(root).getPropertyValue(name).trim();
}

function announceTheme() {
  document.getElementById("theme").textContent = isDark() ? "Light" : "Dark";
  for (const listener of themeListeners) listener();
}

function setUpTheme() {
  const button = document.getElementById("theme");
  button.hidden = false;
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    announceTheme();
  });
  systemDark.addEventListener("change", announceTheme);
  announceTheme();
}

// Paper is white, and holds what is folded on a screen.
function setUpPrinting() {
  let before = {};
  addEventListener("beforeprint", () => {
    const folded = [...document.querySelectorAll("details:not([open])")];
    before = { folded, theme: root.dataset.theme };
    for (const details of folded) details.open = true;
    root.dataset.theme = "light";
    view.isPrinting = true;
    announceTheme();
  });
  addEventListener("afterprint", () => {
    view.isPrinting = false;
    for (const details of before.folded) details.open = false;
    if (before.theme) root.dataset.theme = before.theme;
    else delete root.dataset.theme;
    announceTheme();
  });
}

setUpTheme();
setUpPrinting();
