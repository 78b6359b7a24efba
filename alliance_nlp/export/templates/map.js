"use strict";

const { people, themes, dots } = JSON.parse(document.getElementById("content").textContent);
const marks = [...document.querySelectorAll("#dots > g")];
const middles = [...document.querySelectorAll("#middles > g")];
const plot = document.getElementById("plot");
const ring = document.getElementById("ring");
const card = document.getElementById("card");
const form = document.querySelector(".search");
const legend = document.querySelector(".legend");
const matches = document.querySelector(".matches");
const MOST_LISTED = 50;
const REACH = 22; // how far from a mark a finger may be, in pixels
const number = new Intl.NumberFormat("en");
const spoken = dots.map((dot) => `${dot[5]} ${people[dot[3]]}`.toLocaleLowerCase());
let shown = dots.map(() => true);
let current = -1;
let kept = false;

function show(index) {
  if (index === current) return;
  current = index;
  const dot = dots[index];
  ring.toggleAttribute("hidden", !dot);
  card.querySelector(".hint").hidden = Boolean(dot);
  const who = card.querySelector(".who");
  const quotation = card.querySelector("blockquote");
  who.replaceChildren();
  quotation.textContent = dot ? dot[5] : "";
  if (!dot) return;
  const theme = document.createElement("b");
  theme.textContent = themes[dot[2]];
  who.append(theme, document.createElement("br"), people[dot[3]]);
  quotation.lang = dot[4];
  card.scrollTop = 0;
  ring.setAttribute("transform", `translate(${dot[0]} ${dot[1]})`);
}

function nearest(event) {
  const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(plot.getScreenCTM().inverse());
  const reach = REACH / plot.getScreenCTM().a;
  let best = -1;
  let least = reach * reach;
  dots.forEach(([x, y], index) => {
    const far = (x - at.x) ** 2 + (y - at.y) ** 2;
    if (shown[index] && far < least) [best, least] = [index, far];
  });
  return best;
}

// The nearest mark that lies more in that direction than aside.
function neighbour([right, down]) {
  const from = dots[current];
  let best = -1;
  let least = Infinity;
  dots.forEach(([x, y], index) => {
    if (!shown[index] || index === current) return;
    const ahead = (x - from[0]) * right + (y - from[1]) * down;
    const aside = Math.abs((x - from[0]) * down) + Math.abs((y - from[1]) * right);
    if (ahead > 0 && aside <= ahead && ahead + 2 * aside < least) [best, least] = [index, ahead + 2 * aside];
  });
  return best < 0 ? current : best;
}

function list(found) {
  matches.hidden = !found.length;
  matches.replaceChildren(
    ...found.slice(0, MOST_LISTED).map((index) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      const about = document.createElement("small");
      const words = document.createElement("span");
      about.textContent = `${themes[dots[index][2]]} · ${people[dots[index][3]]}`;
      words.textContent = dots[index][5];
      words.lang = dots[index][4];
      button.type = "button";
      button.append(about, words);
      button.addEventListener("click", () => {
        kept = true;
        show(index);
        plot.scrollIntoView({ block: "nearest" });
      });
      item.append(button);
      return item;
    }),
  );
}

function filter() {
  const words = form.elements.words.value.trim().toLocaleLowerCase();
  const on = new Set([...legend.querySelectorAll("input:checked")].map((box) => Number(box.value)));
  shown = dots.map((dot, index) => on.has(dot[2]) && (!words || spoken[index].includes(words)));
  marks.forEach((mark, index) => mark.classList.toggle("off", !shown[index]));
  for (const middle of middles) {
    middle.classList.toggle("off", Boolean(words) || !on.has(Number(middle.dataset.theme)));
  }
  if (current >= 0 && !shown[current]) {
    kept = false;
    show(-1);
  }
  const found = words ? [...shown.keys()].filter((index) => shown[index]) : [];
  const some = found.length > MOST_LISTED ? `; the first ${MOST_LISTED} are listed below the map` : "";
  form.querySelector("output").textContent = words
    ? `${number.format(found.length)} of ${number.format(dots.length)} segments${some}`
    : "";
  list(found);
}

const STEPS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

plot.addEventListener("pointermove", (event) => {
  if (event.pointerType !== "touch" && !kept) {
    const index = nearest(event);
    if (index >= 0) show(index);
  }
});
plot.addEventListener("click", (event) => {
  const index = nearest(event);
  kept = index >= 0 && !(kept && index === current);
  show(index);
});
plot.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    kept = false;
    show(-1);
  } else if (STEPS[event.key] && shown.includes(true)) {
    event.preventDefault();
    kept = true;
    show(current < 0 ? shown.indexOf(true) : neighbour(STEPS[event.key]));
  }
});
legend.addEventListener("change", filter);
for (const button of legend.querySelectorAll("button")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    for (const box of legend.querySelectorAll("input")) box.checked = button.name === "all";
    filter();
  });
}
form.addEventListener("input", filter);
form.addEventListener("submit", (event) => event.preventDefault());
form.hidden = card.hidden = document.getElementById("keys").hidden = false;
plot.setAttribute("tabindex", "0");
plot.setAttribute("role", "application");
plot.setAttribute("aria-label", "Map of segments. The arrow keys go from one to the next; each is read out.");
filter();
