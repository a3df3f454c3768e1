// Decisions: what a person decides on the page, as the text of config/decisions/<film>.yaml for the next run.
const taken = [];

// YAML in which every value is written as JSON, and keys without quotation marks where that is the same.
const plainKey = (key) => /^([A-Za-z_]\w*|\d+)$/.test(key) && !/^(true|false|yes|no|on|off|y|n|null)$/i.test(key);
function inYaml(value) {
  if (Array.isArray(value)) return `[${value.map(inYaml).join(", ")}]`;
  if (value && typeof value === "object") {
    return `{${Object.entries(value).map(([key, one]) => `${plainKey(key) ? key : JSON.stringify(key)}: ${inYaml(one)}`).join(", ")}}`;
  }
  return JSON.stringify(value ?? null);
}
function file(decisions) {
  const lines = [];
  for (const [section, values] of Object.entries(decisions)) {
    if (Array.isArray(values)) lines.push(`${section}:`, ...values.map((one) => `- ${inYaml(one)}`));
    else if (values && typeof values === "object") {
      lines.push(`${section}:`);
      for (const [key, one] of Object.entries(values)) {
        if (Array.isArray(one)) lines.push(`  ${key}:`, ...one.map((item) => `  - ${inYaml(item)}`));
        else lines.push(`  ${key}: ${inYaml(one)}`);
      }
    }
  }
  return lines.join("\n") + (lines.length ? "\n" : "");
}
// What was written before, and then what was decided here: [path of sections, value].
function merged() {
  const whole = structuredClone(data.written);
  for (const [path, value] of taken) {
    let place = whole;
    for (const key of path.slice(0, -1)) place = place[key] ??= {};
    const last = path.at(-1);
    if (last === "names") place[last] = { ...place[last], ...value };
    else place[last] = [...(place[last] || []), value];
  }
  return whole;
}

const field = (id) => find("#" + id)?.value.trim() ?? "";
const number = (id) => (field(id) === "" ? null : Number(field(id)));
function say(text, good = false) {
  find("#said").textContent = text;
  find("#said").className = good ? "good" : "bad";
}
function decide(path, value, needsReason = true) {
  const why = field("why"), by = field("by");
  if (needsReason && !why) return (find("#why").focus(), say("Say why, in a few words."));
  taken.push([path, needsReason ? { ...value, ...(by ? { by } : {}), why } : value]);
  find("#yaml").value = file(merged());
  say(`${taken.length} decision${taken.length === 1 ? "" : "s"} to copy.`, true);
}

const at = () => view.still?.frame ?? data.shots[view.shot].start;
const ACTIONS = {
  accepted: () => decide(["reviews"], { at: at(), verdict: "accepted" }),
  rejected: () => decide(["reviews"], { at: at(), verdict: "rejected" }),
  "leave-out": () => decide(["shots"], { at: at(), [field("stage")]: false }),
  strength: () => decide(["shots"], { at: at(), [field("stage")]: { strength: number("strength") } }),
  protect: () => rectangle("protect"),
  remove: () => rectangle("remove"),
  add: () => needsFrame("cut", (frame) => decide(["cuts", "add"], { frame })),
  strike: () => needsFrame("cut", (frame) => decide(["cuts", "strike"], { frame })),
  move: () => needsFrame("cut", (from) => needsFrame("cut-to", (to) => decide(["cuts", "move"], { from, to }))),
  name: () => (field("name") ? decide(["speakers", "names"], { [field("person")]: field("name") }, false) : say("Write the name.")),
  line: () => (field("text") ? decide(["speakers", "lines"], { at: Number(field("line")), text: field("text") }) : say("Write the line.")),
  undo: () => { taken.pop(); find("#yaml").value = taken.length ? file(merged()) : ""; say(""); },
  copy: async () => {
    if (!taken.length) return say("Nothing is decided yet.");
    find("#yaml").select();
    try { await navigator.clipboard.writeText(find("#yaml").value); } catch { document.execCommand("copy"); }
    say("Copied.", true);
  },
};
function needsFrame(id, then) {
  const frame = number(id);
  return Number.isInteger(frame) && frame > 0 && frame < data.frames ? then(frame) : (find("#" + id).focus(), say("Give the number of a frame."));
}
for (const button of all("[data-decide]")) button.onclick = () => ACTIONS[button.dataset.decide]();
find("#decide form").onsubmit = (event) => event.preventDefault();

// A rectangle: two corners on the picture, in pixels of the source.
function rectangle(what) {
  if (!field("why")) return (find("#why").focus(), say("Say why, in a few words."));
  if (!view.still) return;
  zoom(0);
  mode("flip");
  view.drawing = { what };
  find("#drawing").textContent = "Drag over the picture.";
  panes.classList.add("drawing");
  find("#look").scrollIntoView({ block: "nearest" });
}
function onPicture(event) {
  const image = find(".pane.a img"), box = image.getBoundingClientRect();
  const scale = Math.min(box.width / image.naturalWidth, box.height / image.naturalHeight);
  const [width, height] = [image.naturalWidth * scale, image.naturalHeight * scale];
  const x = (event.clientX - box.left - (box.width - width) / 2) / width, y = (event.clientY - box.top - (box.height - height) / 2) / height;
  // Pixels are counted from the middle of the first.
  return [x * data.size[0] - 0.5, y * data.size[1] - 0.5].map((value, axis) => Math.round(Math.min(data.size[axis] - 1, Math.max(0, value))));
}
panes.addEventListener("pointerdown", (event) => {
  if (view.drawing) Object.assign(view.drawing, { corner: onPicture(event), from: [event.clientX, event.clientY] });
});
panes.addEventListener("pointermove", (event) => {
  if (!view.drawing?.corner) return;
  const box = panes.getBoundingClientRect(), [x, y] = view.drawing.from;
  const rect = draw("rect", {
    x: Math.min(x, event.clientX) - box.left, y: Math.min(y, event.clientY) - box.top, width: Math.abs(event.clientX - x), height: Math.abs(event.clientY - y),
  });
  find(".drawn").replaceChildren(rect);
});
panes.addEventListener("pointerup", (event) => {
  if (!view.drawing?.corner) return;
  const { what, corner } = view.drawing, other = onPicture(event);
  const [left, right] = [corner[0], other[0]].sort((one, two) => one - two), [top, bottom] = [corner[1], other[1]].sort((one, two) => one - two);
  delete view.drawing;
  find(".drawn").replaceChildren();
  find("#drawing").textContent = "";
  mode("wipe");
  if (right === left || bottom === top) return say("The rectangle has no area.");
  decide([what], { polygon: { [at()]: [[left, top], [right, top], [right, bottom], [left, bottom]] } });
});

const options = (id, rows) => find("#" + id)?.replaceChildren(...rows.map(([value, text]) => make("option", { value, textContent: text })));
options("stage", data.steps.map((one) => [one.stage, one.stage]));
// A stage without a strength has none to set, and one that changes size or rate runs in every shot.
find("#stage").onchange = () => {
  const step = data.steps.find((one) => one.stage === field("stage"));
  for (const input of all('#strength, [data-decide="strength"]')) input.disabled = typeof step?.strength !== "number";
  find("#strength").value = step?.strength ?? "";
  find('[data-decide="leave-out"]').disabled = !step || step.everywhere;
};
find("#stage").onchange();
options("person", data.speakers.map((name) => [name, name]));
options("line", data.lines.map((line) => [line.at, `${line.at.toFixed(1)} s: ${line.text}`]));
redraw.push(() => { find("#cut").placeholder = data.shots[view.shot].start; });
begin();
drawCharts();
