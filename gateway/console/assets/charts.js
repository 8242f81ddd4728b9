// Draws what stands in the table beside each chart; without it the table is all there is.

const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3], [10, 4], [1, 2]];
const COLOURS = ["--busy", "--good", "--doubt", "--wait", "--bad", "--quiet"];

for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-chart]"))) {
  const { default: uPlot } = await import(place.dataset.uplot ?? "");
  const { names, x, lines, labels, axis: across, bars } = JSON.parse(place.dataset.chart ?? "{}");
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue("--soft");
  const line = style.getPropertyValue("--line");
  const hour = new Intl.DateTimeFormat("vi-VN", { timeZone: "Asia/Ho_Chi_Minh", hour: "2-digit", minute: "2-digit" });
  /** @param {number} at */
  const told = (at) => (labels ? (labels[at] ?? "") : at ? hour.format(new Date(at * 1000)) : "–");
  const axis = { stroke: ink, grid: { stroke: line }, ticks: { stroke: line } };
  const made = new uPlot(
    {
      width: place.clientWidth,
      height: 220,
      scales: {
        // From nothing on: a bar that begins elsewhere would lie.
        y: { range: (/** @type {unknown} */ _, /** @type {number} */ __, /** @type {number} */ most) => [0, most * 1.1 || 1] },
        ...(labels && { x: { time: false, range: () => [-0.5, x.length - 0.5] } }),
      },
      series: [
        { label: labels ? across : place.dataset.time, value: (/** @type {unknown} */ _, /** @type {number} */ at) => told(at) },
        ...names.map((/** @type {string} */ label, /** @type {number} */ index) => ({
          label,
          stroke: style.getPropertyValue(COLOURS[index % COLOURS.length]),
          dash: DASHES[index % DASHES.length],
          width: 2,
          // Beside each other, and told apart without their colours: one filled, one only drawn around.
          ...(bars && {
            paths: uPlot.paths.bars({ size: [0.3, 60], align: index ? 1 : -1 }),
            fill: index ? undefined : style.getPropertyValue(COLOURS[index]),
            dash: [],
            points: { show: false },
          }),
        })),
      ],
      axes: [
        { ...axis, ...(labels && { incrs: [1] }), values: (/** @type {unknown} */ _, /** @type {number[]} */ all) => all.map(told) },
        axis,
      ],
    },
    [x, ...lines],
    place,
  );
  addEventListener("resize", () => made.setSize({ width: place.clientWidth, height: 220 }));
}
