"use strict";

const form = document.querySelector(".filters");
const interviews = [...document.querySelectorAll(".interview")];
const passages = [...document.querySelectorAll(".passage")];

function has(list, wanted) {
  return !wanted || list.split(" ").includes(wanted);
}

function filter() {
  const { interview, code, theme } = Object.fromEntries(new FormData(form));
  const filtering = Boolean(interview || code || theme);
  let shown = 0;
  for (const each of interviews) {
    let matches = 0;
    for (const passage of each.querySelectorAll(".passage")) {
      const { codes, themes } = passage.dataset;
      passage.hidden = !(has(codes, code) && has(themes, theme));
      matches += !passage.hidden;
    }
    each.hidden = Boolean(interview && each.id !== "i" + interview) || (filtering && !matches);
    if (filtering) each.open = !each.hidden;
    if (!each.hidden) shown += matches;
  }
  const number = new Intl.NumberFormat("en");
  form.querySelector("output").textContent = filtering
    ? `${number.format(shown)} of ${number.format(passages.length)} segments`
    : "";
}

// A link into a folded or filtered part opens it.
function reveal() {
  const target = document.getElementById(location.hash.slice(1));
  if (!target) return;
  if (target.closest("[hidden]")) {
    form.reset();
    filter();
  }
  target.closest("details")?.setAttribute("open", "");
  target.scrollIntoView();
}

// What a suggestion matched stands once, in the codebook; here it is shown beside the suggestion.
for (const link of document.querySelectorAll(".matched a")) {
  const part = document.getElementById(link.hash.slice(1));
  const words = document.createElement("span");
  words.lang = part.closest("[lang]").lang;
  words.textContent = part.textContent;
  link.after(": ", words);
  link.parentElement.title = part.textContent;
}

form.hidden = false;
form.addEventListener("change", filter);
form.addEventListener("reset", () => setTimeout(filter));
form.addEventListener("submit", (event) => event.preventDefault());
addEventListener("hashchange", reveal);
addEventListener("beforeprint", () => {
  for (const each of document.querySelectorAll("details.interview:not([hidden])")) each.open = true;
});
filter();
reveal();
