// Follows what happens to bills: the list shows itself anew, a bill says that it has changed. Without it: reload.
"use strict";

const place = document.querySelector("[data-live]");
const WAITS = ["RECEIVED", "READ"];

for (const one of document.querySelectorAll(".only-script")) one.hidden = false;

async function asked() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  return answer.ok && !answer.redirected ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
}

async function anew(part) {
  const page = await asked();
  const fresh = page && page.getElementById(part.id);
  if (!fresh) return;
  // A click is over before what it is on goes.
  if (part.matches(":active")) return setTimeout(() => anew(part), 300);
  // What somebody is typing, or walking through by keyboard, stays.
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  if (focused && focused.matches("input, select")) return;
  const href = focused && focused.getAttribute("href");
  part.replaceChildren(...fresh.childNodes);
  if (href) part.querySelector(`a[href="${CSS.escape(href)}"]`)?.focus();
}

function follow() {
  let later = 0;
  const soon = () => {
    if (!later) later = setTimeout(() => { later = 0; anew(place); }, 700);
  };
  const changed = () => {
    if (WAITS.includes(place.dataset.state)) location.replace(location.pathname);
    else place.hidden = false;
  };
  const compare = async () => {
    const page = await asked();
    const now = page && page.getElementById(place.id);
    if (now && ["state", "version"].some((what) => now.dataset[what] !== place.dataset[what])) changed();
  };
  const about = (event) => {
    const news = JSON.parse(event.data);
    if (place.dataset.live === "list") {
      if (!news.progress) return soon();
      const told = place.querySelector(`[data-bill="${CSS.escape(news.bill_id)}"] .progress`);
      if (told && news.progress.pages) {
        told.textContent = told.dataset.words
          .replace("{page}", news.progress.page).replace("{pages}", news.progress.pages);
        told.hidden = false;
      }
    } else if (news.bill_id === place.dataset.live && !news.progress) changed();
  };
  const stream = new EventSource("/v1/bills/events");
  for (const name of ["processing_status", "invoice_updated", "invoice_deleted"]) stream.addEventListener(name, about);
  // What happened between the making of this page and the beginning of the stream was told to nobody.
  stream.addEventListener("open", () => (place.dataset.live === "list" ? soon() : compare()));
  addEventListener("pagehide", () => stream.close());
}

if (place && "EventSource" in window) follow();
