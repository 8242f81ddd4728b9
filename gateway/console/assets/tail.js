// The live tail: events as rows, the newest first, at most so many; filters and pausing while it runs.

/** @typedef {{at: string, what: string, state: string, message_id: string, type: string, subject: string,
 *   delivery_id: string, destination: string, attempt: number, code: string}} Happening */

const table = /** @type {HTMLTableElement} */ (document.getElementById("tail"));
const body = table.tBodies[0];
const told = /** @type {HTMLElement} */ (document.getElementById("told"));
const form = /** @type {HTMLFormElement} */ (document.getElementById("filters"));
const button = /** @type {HTMLButtonElement} */ (document.getElementById("pause"));
const words = /** @type {Record<string, string>} */ (table.dataset);
const most = Number(words.most);
/** @type {Record<string, [string, string]>} */
const states = JSON.parse(words.states);
/** @type {Record<string, [string, string]>} */
const types = JSON.parse(words.types);

/** @type {EventSource | undefined} */
let source;
/** @type {Happening[]} */
let waiting = [];
let leftOut = 0;
let unsure = false;
let ended = false;
let paused = false;
let drawing = false;

/** @param {string} text @param {string} [where] @param {string} [className] */
function cell(text, where, className) {
  const made = document.createElement("td");
  const inside = document.createElement("div");
  made.append(inside);
  if (where) {
    const link = document.createElement("a");
    link.href = where;
    link.textContent = text;
    inside.append(link);
  } else if (className) {
    const chip = document.createElement("span");
    chip.className = `chip ${className}`;
    chip.textContent = text;
    inside.append(chip);
  } else {
    inside.textContent = text;
  }
  return made;
}

/** @param {Happening} one */
function row(one) {
  const made = document.createElement("tr");
  const [state, tone] = states[one.state] ?? [one.state, "quiet"];
  const where = `${words.root}/messages/${encodeURIComponent(one.message_id)}`;
  made.append(
    cell(new Date(one.at).toLocaleTimeString("vi-VN", { timeZone: "Asia/Ho_Chi_Minh" })),
    cell(state, undefined, tone),
    cell(one.subject, one.delivery_id ? `${where}#${one.delivery_id}` : where),
    cell(types[one.type]?.[0] ?? one.type),
    cell(one.destination || "–"),
    cell(one.code || "–"),
  );
  return made;
}

function draw() {
  drawing = false;
  if (!paused && waiting.length) {
    const shown = waiting.slice(-most).reverse();
    leftOut += waiting.length - shown.length;
    waiting = [];
    const made = document.createDocumentFragment();
    made.append(...shown.map(row));
    body.prepend(made);
    while (body.rows.length > most) body.deleteRow(-1);
  }
  say();
}

function say() {
  const going = source?.readyState === EventSource.CONNECTING ? words.lost : words.running;
  const parts = [ended ? words.ended : paused ? words.paused.replace("{n}", String(waiting.length)) : going];
  if (unsure) parts.push(words.unsure);
  if (leftOut) parts.push(words.leftOut.replace("{n}", String(leftOut)));
  told.textContent = parts.join(" · ");
}

function soon() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(draw);
}

/** @param {MessageEvent<string>} event */
function heard(event) {
  waiting.push(JSON.parse(event.data));
  // Paused for long, the page keeps no more than it could show.
  if (waiting.length > 2 * most) {
    leftOut += waiting.length - most;
    waiting = waiting.slice(-most);
  }
  soon();
}

function listen() {
  source?.close();
  // What fitted the filters before need not fit them now.
  body.replaceChildren();
  waiting = [];
  leftOut = 0;
  unsure = ended = false;
  const asked = new URLSearchParams(/** @type {any} */ (new FormData(form)));
  for (const [name, value] of [...asked]) if (!value) asked.delete(name);
  history.replaceState(null, "", `${location.pathname}${asked.size ? `?${asked}` : ""}`);
  source = new EventSource(`${words.stream}?${asked}`);
  for (const name of ["accepted", "attempt", "settled"]) source.addEventListener(name, heard);
  source.addEventListener("left_out", (event) => {
    const { count } = JSON.parse(event.data);
    // Null: another process tells now, and nobody knows what came in between.
    if (count === null) unsure = true;
    else leftOut += count;
    say();
  });
  source.addEventListener("open", say);
  source.addEventListener("error", () => {
    // A browser gives up where the answer is no: signed out, or too many watch.
    ended = source?.readyState === EventSource.CLOSED;
    say();
  });
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  listen();
});
form.addEventListener("change", listen);
button.addEventListener("click", () => {
  paused = !paused;
  button.setAttribute("aria-pressed", String(paused));
  soon();
});
listen();
