"use strict";
// The page is complete without this. It filters, searches, unfolds what a link leads to, and copies.
(() => {
  const all = (selector) => Array.from(document.querySelectorAll(selector));
  const entries = all(".clause, .case");
  const chips = all(".chip");
  const search = document.getElementById("search");
  const found = document.getElementById("found");
  // Evidence is looked through too, so the texts are gathered once and when first asked for.
  const texts = new Map();
  const textOf = (entry) => {
    if (!texts.has(entry)) texts.set(entry, entry.textContent.toLowerCase());
    return texts.get(entry);
  };
  // A verdict of a clause is shown with the cases that have the same colour.
  const ofCase = { warned: "broken", "not-implemented": "quiet", "not-applicable": "quiet", "not-selected": "quiet", observed: "holds" };

  const filter = () => {
    const shown = chips.filter((chip) => chip.getAttribute("aria-pressed") === "true").map((chip) => chip.dataset.show);
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const entry of entries) {
      const isClause = entry.classList.contains("clause");
      const wanted = isClause ? shown : shown.map((verdict) => ofCase[verdict] || verdict);
      const fits = (wanted.length === 0 || wanted.includes(entry.dataset.verdict)) && words.every((word) => textOf(entry).includes(word));
      entry.classList.toggle("off", !fits);
      if (fits) count += 1;
    }
    for (const part of all(".part")) part.classList.toggle("off", !part.querySelector(".clause:not(.off)"));
    found.textContent = shown.length + words.length === 0 ? "" : `${count} of ${entries.length}`;
  };

  const reveal = () => {
    let id = location.hash.slice(1);
    try { id = decodeURIComponent(id); } catch { /* it stays as it is */ }
    const target = document.getElementById(id);
    if (!target) return;
    for (let place = target; place; place = place.parentElement) {
      if (place.tagName === "DETAILS") place.open = true;
      place.classList.remove("off");
    }
    target.scrollIntoView();
  };

  const problems = () => entries.filter((entry) => !entry.classList.contains("off") && ["broken", "warned", "not-judged", "not-implemented"].includes(entry.dataset.verdict));
  let at = -1;
  const step = (by) => {
    const list = problems();
    if (list.length === 0) return;
    at = (at + by + list.length) % list.length;
    list[at].open = true;
    list[at].querySelector("summary").focus();
    list[at].scrollIntoView({ block: "start" });
  };

  const clear = () => {
    search.value = "";
    for (const chip of chips) chip.setAttribute("aria-pressed", "false");
    filter();
  };

  for (const chip of chips) {
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
      filter();
    });
  }
  search.addEventListener("input", filter);
  document.getElementById("unfold").addEventListener("click", () => entries.forEach((entry) => { entry.open = !entry.classList.contains("off"); }));
  document.getElementById("fold").addEventListener("click", () => entries.forEach((entry) => { entry.open = false; }));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") { clear(); search.blur(); return; }
    if (event.target.matches("input, textarea")) return;
    if (event.key === "/") { event.preventDefault(); search.focus(); }
    if (event.key === "n") step(1);
    if (event.key === "p") step(at < 0 ? 0 : -1);
  });
  // Every curl line gets a button.
  for (const again of all(".again")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "copy";
    button.addEventListener("click", async () => {
      const line = again.querySelector("code").textContent;
      try {
        await navigator.clipboard.writeText(line);
      } catch {
        // Pages opened from a disk may not use the clipboard: select it instead.
        getSelection().selectAllChildren(again.querySelector("code"));
        document.execCommand("copy");
      }
      button.textContent = "copied";
      setTimeout(() => { button.textContent = "copy"; }, 1500);
    });
    again.append(button);
  }
  document.querySelector(".tools").hidden = false;
  document.querySelector(".keys").hidden = false;
  window.addEventListener("hashchange", reveal);
  reveal();
})();
