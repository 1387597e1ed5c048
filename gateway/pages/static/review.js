// The place of the focused field is lit on the page, keys lead through the review, and the lease is kept alive.
"use strict";

const form = document.getElementById("review");
const pane = document.querySelector(".document");
const QUARTER = 5 * 60 * 1000;

for (const one of document.querySelectorAll(".only-script")) one.hidden = false;
for (const one of document.querySelectorAll("a.place")) {
  one.tabIndex = -1; // Tab goes from value to value
  one.addEventListener("click", (event) => {
    event.preventDefault();
    one.closest(".field").querySelector("input").focus();
  });
}

function light(field) {
  for (const one of document.querySelectorAll("rect.lit")) one.classList.remove("lit");
  const rect = document.getElementById(field.dataset.place || "");
  if (!rect) return;
  rect.classList.add("lit");
  const [box, around] = [rect.getBoundingClientRect(), pane.getBoundingClientRect()];
  if (pane.scrollHeight > pane.clientHeight)
    pane.scrollTop += box.top - around.top - around.height / 3;
}

let present = null;
document.addEventListener("focusin", (event) => {
  if (form && form.contains(event.target) && event.target.matches("input, select")) {
    present = event.target;
    light(present);
  }
});

function doubtful() {
  const all = [...form.querySelectorAll("[data-doubtful], [aria-invalid]")].filter((one) => !one.disabled);
  const next = all.find((one) => present && present.compareDocumentPosition(one) & 4) || all[0];
  if (!next) return;
  for (let around = next.closest("details"); around; around = around.parentElement.closest("details")) around.open = true;
  next.focus();
  next.select?.();
}

document.addEventListener("keydown", (event) => {
  const press = (id) => {
    const button = document.getElementById(id);
    if (!button) return;
    event.preventDefault();
    button.click();
  };
  const command = event.ctrlKey || event.metaKey;
  if (event.key === "F8" && form) {
    event.preventDefault();
    doubtful();
  } else if (event.key === "F9") {
    const next = document.querySelector("#next button");
    if (next) { event.preventDefault(); next.click(); }
  } else if (command && event.key === "Enter") press("accept");
  else if (command && event.key.toLowerCase() === "s") press("save");
});

// A box drawn on the page says where the value of the present field stands.
for (const sheet of document.querySelectorAll(".sheet")) {
  const svg = sheet.querySelector("svg");
  if (!svg || !document.getElementById("save")) continue;
  const drawn = svg.querySelector(".drawn");
  let start = null;
  const at = (event) => {
    const box = svg.getBoundingClientRect();
    const { width, height } = svg.viewBox.baseVal;
    const share = (value, from, whole, size) => Math.min(Math.max((value - from) / whole, 0), 1) * size;
    return [share(event.clientX, box.left, box.width, width), share(event.clientY, box.top, box.height, height)];
  };
  svg.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch" || !present || !present.name) return;
    event.preventDefault();
    start = at(event);
    svg.setPointerCapture(event.pointerId);
  });
  svg.addEventListener("pointermove", (event) => {
    if (!start) return;
    const end = at(event);
    const [x0, x1] = [start[0], end[0]].sort((a, b) => a - b);
    const [y0, y1] = [start[1], end[1]].sort((a, b) => a - b);
    for (const [name, value] of [["x", x0], ["y", y0], ["width", x1 - x0], ["height", y1 - y0]])
      drawn.setAttribute(name, value.toFixed(2));
  });
  svg.addEventListener("pointerup", () => {
    if (!start) return;
    start = null;
    const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => Number(drawn.getAttribute(name)));
    if (width < 3 || height < 3) return;
    const name = `at.${present.name}`;
    let kept = form.elements[name];
    if (!kept) {
      kept = document.createElement("input");
      kept.type = "hidden";
      kept.name = name;
      form.append(kept);
    }
    kept.value = [sheet.dataset.page, ...[x, y, x + width, y + height].map((one) => one.toFixed(2))].join(" ");
    present.focus();
  });
}

// The lease: taken when the page is opened to work, kept while somebody works.
const lease = document.getElementById("lease");
const take = document.getElementById("take");
async function keep() {
  const answer = await fetch(take.action, { method: "POST", body: new URLSearchParams(new FormData(take)) });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("lease");
  if (fresh) lease.replaceChildren(...fresh.childNodes);
}
if (take && form) {
  let last = Date.now();
  if ("free" in lease.dataset && document.getElementById("save")) keep();
  form.addEventListener("input", () => {
    if (Date.now() - last > QUARTER) {
      last = Date.now();
      keep();
    }
  });
  (form.querySelector("[aria-invalid]") || form.querySelector("[data-doubtful]") || form.querySelector("input:not([type=hidden])"))
    ?.focus({ preventScroll: true });
}
