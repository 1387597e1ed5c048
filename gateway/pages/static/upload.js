// Sends files one by one and says of each what became of it; files can be dropped. Without it: a plain form.
"use strict";

const form = document.getElementById("upload");

function item(file) {
  const line = document.createElement("li");
  line.className = "card";
  const name = document.createElement("bdi");
  name.textContent = file.name;
  const bar = document.createElement("progress");
  bar.max = 100;
  bar.setAttribute("aria-label", form.dataset.sending);
  const mark = document.createElement("span");
  mark.className = "state";
  mark.textContent = form.dataset.sending;
  line.append(mark, " ", name, " ", bar);
  document.getElementById("sent").prepend(line);
  return { line, bar, mark };
}

function words(code, otherwise) {
  const known = document.getElementById("file-words").content.querySelector(`[data-code="${CSS.escape(code)}"]`);
  return known ? known.textContent : otherwise;
}

function say(shown, colour, mark, told, bill) {
  shown.bar.remove();
  shown.mark.className = `state ${colour}`;
  shown.mark.textContent = mark;
  if (told) {
    const line = document.createElement("p");
    line.dir = "auto";
    line.textContent = told;
    shown.line.append(line);
  }
  if (bill) {
    const link = document.createElement("a");
    link.href = `/bills/${encodeURIComponent(bill)}`;
    link.textContent = form.dataset.open;
    shown.line.append(" ", link);
  }
}

function send(file, shown) {
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.append("files", file, file.name);
    request.open("POST", "/v1/bills/uploads");
    request.setRequestHeader("X-CSRF-Token", form.elements.csrf_token.value);
    request.responseType = "json";
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) shown.bar.value = (event.loaded / event.total) * 100;
    };
    request.onloadend = () => {
      const answer = request.response;
      const one = request.status === 200 && answer ? answer.files[0] : null;
      if (!one) say(shown, "bad", form.dataset.refused, (answer && answer.detail) || form.dataset.failed);
      else if (one.outcome === "refused") say(shown, "bad", form.dataset.refused, words(one.code, one.message));
      else say(shown, one.outcome === "taken" ? "good" : "warn", form.dataset[one.outcome], "", one.bill_id);
      done();
    };
    request.send(body);
  });
}

async function sendAll(files) {
  const waiting = [...files].map((file) => [file, item(file)]);
  for (const [file, shown] of waiting) await send(file, shown);
}

if (form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    sendAll(form.elements.files.files);
    form.elements.files.value = "";
  });
  for (const name of ["dragenter", "dragover"])
    form.addEventListener(name, (event) => {
      event.preventDefault();
      form.classList.add("over");
    });
  form.addEventListener("dragleave", (event) => {
    if (!form.contains(event.relatedTarget)) form.classList.remove("over");
  });
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("over");
    sendAll(event.dataTransfer.files);
  });
}
