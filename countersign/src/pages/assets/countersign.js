// What pages do besides, where scripts run. Each page works without.
"use strict";

// A button beside each password that shows and hides it.
for (const field of document.querySelectorAll(".field[data-show]")) {
  const input = field.querySelector("input");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "eye";
  button.setAttribute("aria-controls", input.id);
  const update = () => {
    const shown = input.type === "text";
    button.setAttribute("aria-pressed", String(shown));
    button.setAttribute("aria-label", shown ? field.dataset.hide : field.dataset.show);
    button.title = button.getAttribute("aria-label");
  };
  button.addEventListener("click", () => {
    input.type = input.type === "password" ? "text" : "password";
    update();
    input.focus();
  });
  // Nobody's browser should learn a password as an ordinary text.
  input.form.addEventListener("submit", () => {
    input.type = "password";
  });
  update();
  field.querySelector(".reveal").append(button);
}

// How long a new password is yet to grow. The server judges; this only counts, as it does: code points.
for (const help of document.querySelectorAll(".strength")) {
  const input = help.closest(".field").querySelector("input");
  const minimum = Number(help.dataset.minimum);
  input.addEventListener("input", () => {
    const length = [...input.value].length;
    help.hidden = length === 0;
    help.classList.toggle("enough", length >= minimum);
    help.style.setProperty("--part", String(Math.min(length / minimum, 1)));
    help.textContent =
      length < minimum ? help.dataset.short.replace("{n}", String(minimum - length)) : help.dataset.enough;
  });
}

// Moments in the reader's own time zone.
const words = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long", timeStyle: "short" });
for (const time of document.querySelectorAll("time[datetime]")) {
  const moment = new Date(time.dateTime);
  if (!Number.isNaN(moment.getTime())) {
    time.title = time.textContent;
    time.textContent = words.format(moment);
  }
}
