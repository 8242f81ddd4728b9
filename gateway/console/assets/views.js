// Saved views: filters under a name, kept in this browser for whoever is signed in.

const place = document.getElementById("views");
const key = `lienthong.views.${document.body.dataset.user ?? ""}`;

/** @returns {{name: string, where: string}[]} */
function kept() {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "[]");
  } catch {
    return [];
  }
}

function draw() {
  const list = place?.querySelector("ul");
  if (!list) return;
  list.replaceChildren(
    ...kept().map(({ name, where }) => {
      const made = document.createElement("li");
      const link = document.createElement("a");
      link.href = where;
      link.textContent = name;
      const drop = document.createElement("button");
      drop.type = "button";
      drop.className = "plain";
      drop.textContent = "×";
      drop.setAttribute("aria-label", `${place?.dataset.drop} ${name}`);
      drop.addEventListener("click", () => {
        localStorage.setItem(key, JSON.stringify(kept().filter((one) => one.name !== name)));
        draw();
      });
      made.append(link, " ", drop);
      return made;
    }),
  );
}

if (place) {
  place.hidden = false;
  place.querySelector("form")?.addEventListener("submit", (event) => {
    event.preventDefault();
    const field = /** @type {HTMLInputElement} */ (place.querySelector("input"));
    const name = field.value.trim();
    if (!name) return;
    const others = kept().filter((one) => one.name !== name);
    localStorage.setItem(key, JSON.stringify([...others, { name, where: location.pathname + location.search }].slice(-30)));
    field.value = "";
    draw();
  });
  draw();
}
