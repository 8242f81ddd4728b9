// The steps of a message as tabs (ARIA Authoring Practices, tabs with automatic activation). Where no script runs they
// stay what the page holds: parts that unfold, one at a time.

/** @param {Element} steps */
function tabs(steps) {
  const parts = [...steps.querySelectorAll(":scope > details[name=step]")];
  if (!parts.length) return;
  const list = document.createElement("div");
  list.setAttribute("role", "tablist");
  list.setAttribute("aria-labelledby", steps.getAttribute("aria-labelledby") ?? "");
  parts[0].before(list);
  const panels = parts.map((part, number) => {
    const summary = /** @type {HTMLElement} */ (part.querySelector("summary"));
    const tab = document.createElement("button");
    tab.type = "button";
    tab.id = `step-${number}`;
    tab.textContent = summary.textContent;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", `step-panel-${number}`);
    list.append(tab);
    const panel = document.createElement("div");
    panel.id = `step-panel-${number}`;
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
    summary.remove();
    panel.append(...part.childNodes);
    part.replaceWith(panel);
    return panel;
  });
  const all = /** @type {HTMLButtonElement[]} */ ([...list.children]);

  /** @param {number} chosen */
  function show(chosen) {
    all.forEach((tab, number) => {
      tab.setAttribute("aria-selected", String(number === chosen));
      tab.tabIndex = number === chosen ? 0 : -1;
      panels[number].hidden = number !== chosen;
    });
  }

  list.addEventListener("click", (event) => {
    const chosen = all.indexOf(/** @type {HTMLButtonElement} */ (event.target));
    if (chosen >= 0) show(chosen);
  });
  list.addEventListener("keydown", (event) => {
    const now = all.indexOf(/** @type {HTMLButtonElement} */ (event.target));
    /** @type {Record<string, number>} */
    const leads = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: all.length - 1 };
    if (now < 0 || !(event.key in leads)) return;
    event.preventDefault();
    const chosen = (leads[event.key] + all.length) % all.length;
    show(chosen);
    all[chosen].focus();
  });
  show(Math.max(0, parts.findIndex((part) => part.hasAttribute("open"))));
}

for (const steps of document.querySelectorAll(".steps")) tabs(steps);
