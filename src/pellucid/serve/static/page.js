"use strict";
const form = document.querySelector("form");
const answer = document.querySelector("#answer");
for (const place of document.querySelectorAll(".url")) place.textContent = location.origin;

function element(tag, kind, text) {
  const made = document.createElement(tag);
  made.className = kind;
  made.textContent = text;
  return made;
}

function cell(field) {
  const text = field.value;
  if (text === "") return null;
  if (field.dataset.type === "number") return Number(text);
  if (field.dataset.type === "boolean") return text === "true";
  return text;
}

function request() {
  if (form.dataset.kind === "picture") {
    const file = form.querySelector("input").files[0];
    if (!file) throw new Error("Choose a picture first.");
    return { kind: file.type || "application/octet-stream", body: file };
  }
  const area = form.querySelector("textarea");
  if (area) return { kind: "application/json", body: area.value };
  const row = {};
  for (const field of form.querySelectorAll("[data-name]")) row[field.dataset.name] = cell(field);
  return { kind: "application/json", body: JSON.stringify(row) };
}

function chances(shares) {
  const most = Object.entries(shares).sort((a, b) => b[1] - a[1]).slice(0, 10);
  return most.map(([name, share]) => {
    const line = element("div", "chance", "");
    const bar = document.createElement("i");
    bar.style.width = 100 * share + "%";
    const room = document.createElement("span");
    room.append(bar);
    line.append(element("span", "", name), room, element("span", "", (100 * share).toFixed(1) + "%"));
    return line;
  });
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  answer.replaceChildren();
  try {
    const { kind, body } = request();
    const response = await fetch("/predict", { method: "POST", headers: { "Content-Type": kind }, body });
    const found = await response.json();
    if (!response.ok) throw new Error(found.error);
    const said = typeof found.prediction === "number" ? Number(found.prediction.toPrecision(6)) : found.prediction;
    answer.append(element("p", "found", Array.isArray(said) ? said.join(", ") : String(said)));
    if (found.probabilities) answer.append(...chances(found.probabilities));
    for (const text of found.warnings) answer.append(element("p", "warning", text));
  } catch (fault) {
    answer.replaceChildren(element("p", "error", fault.message));
  }
});

for (const button of document.querySelectorAll("button.copy")) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.parentElement.nextElementSibling.textContent);
    button.textContent = "copied";
    setTimeout(() => { button.textContent = "copy"; }, 1500);
  });
}
