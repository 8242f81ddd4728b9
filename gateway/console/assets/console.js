// What every page does where scripts run: keys that lead around, countdowns, selecting rows. Nothing depends on it.

const OFF = "lienthong.keys-off";
let goingSince = -Infinity;

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName));
}

/** @param {number} step */
function moveRow(step) {
  const rows = [...document.querySelectorAll("main tbody tr")]
    .map((row) => /** @type {HTMLElement | null} */ (row.querySelector("a[href]")))
    .filter((link) => link !== null);
  const now = rows.findIndex((link) => link.closest("tr")?.contains(document.activeElement));
  rows[Math.min(rows.length - 1, Math.max(0, now + step))]?.focus();
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || localStorage.getItem(OFF)) return;
  const going = event.timeStamp - goingSince < 1500;
  goingSince = -Infinity;
  if (going) {
    const link = document.querySelector(`nav.side a[data-key="${CSS.escape(event.key)}"]`);
    if (link instanceof HTMLAnchorElement) {
      event.preventDefault();
      link.click();
    }
    return;
  }
  switch (event.key) {
    case "/":
      event.preventDefault();
      document.getElementById("q")?.focus();
      break;
    case "?":
      /** @type {HTMLAnchorElement | null} */ (document.querySelector('header a[href$="/help"]'))?.click();
      break;
    case "g":
      goingSince = event.timeStamp;
      break;
    case "j":
      moveRow(1);
      break;
    case "k":
      moveRow(-1);
      break;
  }
}

const UNITS = document.documentElement.lang === "en"
  ? [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]]
  : [[86400, "ngày"], [3600, "giờ"], [60, "phút"], [1, "giây"]];

/** @param {number} seconds */
function span(seconds) {
  /** @type {string[]} */
  const parts = [];
  let left = Math.max(0, Math.floor(seconds));
  for (const [size, name] of /** @type {[number, string][]} */ (UNITS)) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count && parts.length < 2) parts.push(`${count} ${name}`);
    else if (parts.length) break;
  }
  return parts.join(" ") || `0 ${UNITS[3][1]}`;
}

function countDown() {
  for (const one of document.querySelectorAll("[data-until]")) {
    const at = Date.parse(/** @type {HTMLElement} */ (one).dataset.until ?? "");
    one.textContent = span((at - Date.now()) / 1000);
  }
}

// A page that renews itself leaves alone what somebody is just filling in.
document.addEventListener("htmx:beforeRequest", (event) => {
  const element = event.target;
  if (element instanceof HTMLElement && element.id === "live" && element.querySelector("details[open] form, form :focus")) {
    event.preventDefault();
  }
});

document.addEventListener("keydown", onKey);
setInterval(countDown, 1000);

const off = document.getElementById("keys-off");
if (off instanceof HTMLInputElement) {
  off.checked = Boolean(localStorage.getItem(OFF));
  off.addEventListener("change", () => {
    if (off.checked) localStorage.setItem(OFF, "1");
    else localStorage.removeItem(OFF);
  });
}

for (const select of document.querySelectorAll("select[data-submit]")) {
  select.addEventListener("change", () => /** @type {HTMLSelectElement} */ (select).form?.requestSubmit());
}
