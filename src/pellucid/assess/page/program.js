"use strict";
// A cell of the matrix (or a link of a list) opens its cases beside it. Nothing else needs a program.
(() => {
  const openers = [...document.querySelectorAll("[data-open]")];
  const panels = [...document.querySelectorAll("[data-panel]")];
  let last = null;

  function show(name, opener) {
    for (const panel of panels) panel.hidden = panel.id !== name;
    for (const each of openers) each.setAttribute("aria-expanded", String(each.dataset.open === name));
    last = opener || last;
  }

  function close() {
    for (const panel of panels) panel.hidden = true;
    for (const each of openers) each.setAttribute("aria-expanded", "false");
    if (last) last.focus();
  }

  // The next cell that can be opened, in a direction of the arrow keys.
  function beside(cell, down, across) {
    const td = cell.closest("td"), body = td.closest("tbody");
    let row = td.parentElement.rowIndex - body.rows[0].rowIndex, column = td.cellIndex;
    for (;;) {
      row += down;
      column += across;
      const next = body.rows[row] && body.rows[row].cells[column];
      if (!next) return null;
      const found = next.querySelector("[data-open]");
      if (found) return found;
    }
  }

  const moves = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] };
  for (const opener of openers) {
    opener.addEventListener("click", () => {
      show(opener.dataset.open, opener);
      const heading = document.querySelector("#" + opener.dataset.open + " h3");
      const box = heading && heading.getBoundingClientRect();
      if (box && (box.bottom < 0 || box.top > window.innerHeight)) heading.scrollIntoView({ block: "nearest" });
    });
    opener.addEventListener("keydown", (event) => {
      const move = opener.classList.contains("cell") && moves[event.key];
      const next = move && beside(opener, ...move);
      if (next) {
        event.preventDefault();
        next.focus();
      }
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });

  const asked = location.hash.slice(1);
  const first = openers.find((each) => each.dataset.open === asked) || openers.find((each) => "first" in each.dataset);
  show(first ? first.dataset.open : "", first);
})();
