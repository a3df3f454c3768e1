// Charts: numbers over the frames of a shot or of the whole film; before and after in one, with named peaks.
const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 620, HEIGHT = 150, LEFT = 58, RIGHT = 8, TOP = 16, BOTTOM = 24;
const LINES = { before: "var(--before)", after: "var(--after)", "": "var(--line)" };
let span = "film";

const draw = (name, attributes, text) => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
};
// At most `digits` digits that count, and all of those before the point.
function short(value, digits = 3) {
  const before = Math.floor(Math.log10(Math.abs(value) || 1)) + 1;
  return String(Number(value.toPrecision(Math.max(digits, before))));
}
// The ends of an axis, as short as they can be told apart; one end for a level line.
function ends(least, most) {
  if (least === most) return [[least, short(least)]];
  let digits = 3;
  while (digits < 7 && short(least, digits) === short(most, digits)) digits += 1;
  return [least, most].map((value) => [value, short(value, digits)]);
}

// Columns of a line within start..stop: [frame, least, median, most, frame of the most].
function columns(line, start, stop) {
  const rows = line.frame
    ? line.frame.map((frame, i) => [frame, line.least[i], line.median[i], line.most[i], line.peak[i]])
    : line.median.map((value, frame) => [frame, value, value, value, frame]);
  const last = rows.findLastIndex((row) => row[0] <= start);
  return rows.slice(Math.max(0, last)).filter((row) => row[0] < stop && row[2] !== null);
}

// The highest columns that stand clearly above the median, far enough apart to be named.
function peaksOf(rows, start, stop) {
  const middle = [...rows].sort((one, other) => one[2] - other[2])[Math.floor(rows.length / 2)][2];
  const most = Math.max(...rows.map((row) => row[3])), least = Math.min(...rows.map((row) => row[1]));
  if (most - middle < 0.15 * (most - least)) return [];
  const named = [];
  for (const row of [...rows].sort((one, other) => other[3] - one[3])) {
    if (named.length === 3 || row[3] - middle < 0.35 * (most - middle) || most === middle) break;
    if (named.every((other) => Math.abs(other[4] - row[4]) > (stop - start) / 7)) named.push(row);
  }
  return named;
}

function chart(of, start, stop) {
  const lines = Object.entries(of.lines).map(([name, line]) => [name, columns(line, start, stop)]).filter(([, rows]) => rows.length);
  if (!lines.length) return null;
  const values = lines.flatMap(([, rows]) => rows.flatMap((row) => [row[1], row[3]]));
  const most = Math.max(...values), near = Math.min(...values);
  // Brightness and its like vary about a level far from zero: there the axis begins below the least value.
  const least = near > 0 && most - near < 0.4 * most ? near - 0.15 * (most - near) : Math.min(0, near);
  const x = (frame) => LEFT + ((frame - start) / Math.max(1, stop - start)) * (WIDTH - LEFT - RIGHT);
  const y = (value) => HEIGHT - BOTTOM - ((value - least) / (most - least || 1)) * (HEIGHT - TOP - BOTTOM);
  const svg = draw("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${of.title}, ${of.unit}: ${of.says}` });
  data.shots.forEach((shot, index) => {
    const from = Math.max(shot.start, start), to = Math.min(shot.stop, stop);
    if (index % 2 && from < to) svg.append(draw("rect", { class: "shot", x: x(from), y: TOP, width: x(to) - x(from), height: HEIGHT - TOP - BOTTOM }));
  });
  for (const [value, written] of ends(least, most)) {
    svg.append(draw("path", { class: "axis", d: `M${LEFT} ${y(value)}H${WIDTH - RIGHT}` }));
    svg.append(draw("text", { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, written));
  }
  for (const [frame, anchor] of [[start, "start"], [Math.round((start + stop) / 2), "middle"], [stop - 1, "end"]]) {
    svg.append(draw("text", { x: x(frame), y: HEIGHT - 6, "text-anchor": anchor }, anchor === "middle" ? `frame ${frame}` : frame));
  }
  for (const [name, rows] of lines) {
    const middle = (row) => x(Math.max(start, row[0]) + 0.5);
    const points = rows.map((row) => `${middle(row).toFixed(1)},${y(row[2]).toFixed(1)}`);
    if (rows.some((row) => row[1] !== row[3])) {
      const outline = [...rows.map((row) => `${middle(row).toFixed(1)},${y(row[3]).toFixed(1)}`), ...[...rows].reverse().map((row) => `${middle(row).toFixed(1)},${y(row[1]).toFixed(1)}`)];
      svg.append(draw("polygon", { points: outline.join(" "), fill: LINES[name], opacity: 0.25 }));
    }
    if (points.length === 1) points.push(`${WIDTH - RIGHT},${y(rows[0][2])}`);
    svg.append(draw("polyline", { points: points.join(" "), fill: "none", stroke: LINES[name], "stroke-width": 1.5 }));
  }
  const main = lines.find(([name]) => name !== "after")[1];
  for (const row of peaksOf(main, start, stop)) {
    const anchor = x(row[4]) > WIDTH - 60 ? "end" : x(row[4]) < LEFT + 30 ? "start" : "middle";
    svg.append(draw("circle", { cx: x(row[4] + 0.5), cy: y(row[3]), r: 3, class: "peak" }));
    svg.append(draw("text", { x: x(row[4] + 0.5), y: y(row[3]) - 5, "text-anchor": anchor, class: "peak", "data-frame": row[4], tabindex: 0 }, row[4]));
  }
  if (view.still && view.still.frame >= start && view.still.frame < stop) {
    svg.append(draw("path", { class: "now", d: `M${x(view.still.frame + 0.5)} ${TOP}V${HEIGHT - BOTTOM}` }));
  }
  svg.onclick = (event) => {
    if (event.target.dataset.frame) return;
    const box = svg.getBoundingClientRect();
    const share = (((event.clientX - box.left) / box.width) * WIDTH - LEFT) / (WIDTH - LEFT - RIGHT);
    goToFrame(Math.min(stop - 1, Math.max(start, Math.floor(start + share * (stop - start)))));
  };
  const title = make("figcaption", {}, make("b", { textContent: of.title }), make("span", { textContent: `${of.unit} · ${of.edition}, ${of.stage}` }));
  for (const [name] of lines.filter(([name]) => name)) title.append(make("span", { className: "key " + name, textContent: name }));
  return make("figure", {}, title, svg);
}

function drawCharts() {
  const shot = data.shots[view.shot];
  const [start, stop] = span === "shot" && shot ? [shot.start, shot.stop] : [0, data.frames];
  find("#measures .charts").replaceChildren(...data.charts.map((one) => chart(one, start, stop)).filter(Boolean));
  for (const button of all("[data-span]")) button.setAttribute("aria-pressed", button.dataset.span === span);
}
for (const button of all("[data-span]")) button.onclick = () => { span = button.dataset.span; drawCharts(); };
// Held keys go from shot to shot faster than all charts are drawn.
let waiting;
redraw.push(() => { clearTimeout(waiting); waiting = setTimeout(drawCharts, 60); });
