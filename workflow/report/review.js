// A blind comparison: pairs in random order, sides in random order, one choice each, and the result as text.
const data = JSON.parse(document.getElementById("data").textContent);
const find = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
const order = data.pairs.map((pair, index) => ({ ...pair, index, swapped: Math.random() < 0.5, key: Math.random() })).sort((one, other) => one.key - other.key);
const chosen = [];

function show() {
  const pair = order[chosen.length];
  const over = !pair;
  find(".blind").hidden = find("[data-choice='-1']").parentElement.hidden = over;
  find("#end").hidden = !over;
  find("#place").textContent = over ? "" : `Pair ${chosen.length + 1} of ${order.length}`;
  if (over) return tell();
  const sides = pair.swapped ? [...pair.pictures].reverse() : pair.pictures;
  all(".blind img").forEach((image, side) => { image.src = sides[side]; });
}
function choose(side) {
  const pair = order[chosen.length];
  if (!pair) return;
  chosen.push(side < 0 ? "no difference" : pair.names[pair.swapped ? 1 - side : side]);
  show();
}
function tell() {
  const rows = order.map((pair, index) => ({ frame: pair.frame, of: pair.names, chosen: chosen[index] }));
  const counts = {};
  for (const row of rows) {
    const count = (counts[row.of.join(" / ")] ??= {});
    count[row.chosen] = (count[row.chosen] || 0) + 1;
  }
  const lines = rows.sort((one, other) => one.frame - other.frame).map((row) => `- {frame: ${row.frame}, of: [${row.of.join(", ")}], chosen: ${row.chosen}}`);
  const totals = Object.entries(counts).map(([pair, count]) => `# ${pair}: ${Object.entries(count).map(([name, number]) => `${name} ${number}`).join(", ")}`);
  find("#result").value = [`film: ${JSON.stringify(data.film)}`, `by: ${JSON.stringify(find("#by").value)}`, ...totals, "choices:", ...lines, ""].join("\n");
}
for (const button of all("[data-choice]")) button.onclick = () => choose(Number(button.dataset.choice));
find("#back").onclick = () => { chosen.pop(); show(); };
find("#by").oninput = tell;
find("#copy").onclick = async () => {
  find("#result").select();
  try { await navigator.clipboard.writeText(find("#result").value); } catch { document.execCommand("copy"); }
};
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, textarea")) return;
  const side = { 1: 0, 2: 1, 0: -1 }[event.key];
  if (side !== undefined) choose(side);
});
show();
