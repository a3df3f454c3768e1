// The viewer: one frame, two pictures of it, compared by wipe, flip or side by side; shots and frames to go to.
const data = JSON.parse(document.getElementById("data").textContent);
const find = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
const make = (name, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
};
const SOURCE = "source/ingest";
const view = { still: null, shot: 0, mode: "wipe", flipped: false, zoom: 1, x: 0, y: 0, at: 50, a: SOURCE, b: "", causes: new Set() };
const panes = find(".panes");

const percent = (share) => {
  const value = 100 * share;
  if (value > 0 && value < 0.01) return "under 0.01 %";
  return value >= 99.5 && value < 100 ? "over 99 %" : `${value.toFixed(value > 0 && value < 1 ? 2 : 0)} %`;
};
const clock = (frame) => {
  const seconds = frame / data.rate;
  return `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(1).padStart(4, "0")}`;
};
const shotOf = (frame) => Math.max(0, data.shots.findLastIndex((shot) => shot.start <= frame));
const stillsOf = (shot) => data.stills.filter((still) => shotOf(still.frame) === shot);
const telling = (stills) => stills.find((still) => still.roles.includes("most change")) || stills[0];

// Besides the pictures of its steps a frame has those of what enlarging left, under the key of the step and this.
const DIFFERENCE = "/difference";
const allPictures = (still) => ({ ...still.pictures, ...Object.fromEntries(Object.entries(still.differences).map(([key, picture]) => [key + DIFFERENCE, picture])) });

function nameOf(key, still) {
  if (key === SOURCE) return "source";
  if (key.endsWith(DIFFERENCE)) return `${key.split("/")[0]}: reduced again, minus what was enlarged, 16 times`;
  const step = data.steps.find((one) => one.key === key.replace("-certainty", ""));
  if (key.endsWith("-certainty")) return `${step.edition}: certainty of the colour`;
  if (still.between.includes(key)) return `in-between frame, ${step.edition}: invented`;
  // Where the last stages of an edition changed nothing, the picture before them is the edition's.
  return Object.keys(data.ends).find((edition) => pictureOf(data.ends[edition], still) === key) ?? `${step.edition}: ${step.stage}`;
}

// The picture of a step: a stage that changed nothing has none of its own, so the one before it is shown.
function pictureOf(key, still) {
  const keys = [SOURCE, ...data.steps.map((step) => step.key)];
  for (let place = keys.indexOf(key); place >= 0; place--) {
    if (still.pictures[keys[place]] && !(still.between.includes(keys[place]) && keys[place] !== key)) return keys[place];
  }
  return Object.keys(still.pictures)[0];
}

// `redraw` is told of every change, by the scripts that follow.
const redraw = [];
function show(still) {
  if (!still) return;
  Object.assign(view, { still, shot: shotOf(still.frame) });
  const pictures = allPictures(still);
  const choices = Object.keys(pictures);
  for (const side of ["a", "b"]) {
    const select = find("#" + side);
    select.replaceChildren(...choices.map((key) => make("option", { value: key, textContent: nameOf(key, still) })));
    select.value = pictures[view[side]] ? view[side] : pictureOf(view[side], still);
    const pane = find(".pane." + side);
    pane.querySelector("img").src = pictures[select.value];
    pane.querySelector("img").alt = `Frame ${still.frame}, ${nameOf(select.value, still)}`;
    pane.querySelector(".name").textContent = nameOf(select.value, still);
  }
  const shot = data.shots[view.shot];
  find(".where .shot").textContent = `Shot ${view.shot + 1} of ${data.shots.length}`;
  find(".where .frame").textContent = `frame ${still.frame} of ${shot.start}–${shot.stop - 1}, ${clock(still.frame)} · ${still.roles.join("; ")}`;
  drawCauses(still);
  drawMask();
  place();
  for (const button of all(".strip button")) {
    const here = Number(button.dataset.shot) === view.shot;
    button.setAttribute("aria-selected", here);
    if (here) find(".strip").scrollLeft = button.offsetLeft - find(".strip").clientWidth / 2;
  }
  find(".of-shot").replaceChildren(
    ...stillsOf(view.shot).map((one) => {
      const shotRole = one.roles.find((role) => role === "most change" || role === "typical");
      const button = make("button", { textContent: shotRole ? `${one.frame} ${shotRole}` : one.frame, title: one.roles.join("; "), onclick: () => show(one) });
      button.setAttribute("aria-pressed", one === still);
      return button;
    }),
  );
  redraw.forEach((draw) => draw());
}

// The stages between the two pictures that changed this frame, and the share of pixels of each.
function causesOf(still) {
  const keys = [SOURCE, ...data.steps.map((step) => step.key)];
  const [first, last] = [find("#a").value, find("#b").value].map((key) => keys.indexOf(key.replace(DIFFERENCE, ""))).sort((one, other) => one - other);
  const between = new Set(keys.slice(first + 1, last + 1).map((key) => key.split("/")[1]));
  return Object.entries(still.stages).filter(([stage, share]) => share > 0 && between.has(stage));
}

function drawCauses(still) {
  find(".causes").replaceChildren(
    ...causesOf(still)
      .map(([stage, share]) => {
        const everywhere = share > data.everywhere;
        const box = make("input", { type: "checkbox", checked: view.causes.has(stage), disabled: everywhere });
        box.onchange = () => (view.causes[box.checked ? "add" : "delete"](stage), drawMask());
        const dot = make("i", { className: "dot" });
        dot.style.background = data.colours[stage];
        const label = make("label", { title: everywhere ? "changed nearly every pixel: not drawn" : "" }, box, dot, `${stage} ${percent(share)}`);
        label.classList.toggle("off", everywhere);
        return label;
      }),
  );
}

// The mask's red and green hold a bit for each stage; of the chosen stages the rarest gives a pixel its colour.
async function drawMask() {
  const canvas = find(".pane.b canvas");
  const still = view.still;
  const chosen = causesOf(still).map(([stage]) => stage).filter((stage) => view.causes.has(stage));
  canvas.hidden = !chosen.length || !still.mask;
  if (canvas.hidden) return;
  const image = new Image();
  image.src = still.mask;
  await image.decode();
  if (still !== view.still) return;
  Object.assign(canvas, { width: image.width, height: image.height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, image.width, image.height);
  const colours = chosen
    .sort((one, other) => still.stages[one] - still.stages[other])
    .map((stage) => [data.stages.indexOf(stage), ...[1, 3, 5].map((place) => parseInt(data.colours[stage].slice(place, place + 2), 16))]);
  for (let i = 0; i < pixels.data.length; i += 4) {
    const bits = pixels.data[i] | (pixels.data[i + 1] << 8);
    const colour = colours.find(([bit]) => (bits >> bit) & 1);
    pixels.data.set(colour ? [colour[1], colour[2], colour[3], 200] : [0, 0, 0, 0], i);
  }
  context.putImageData(pixels, 0, 0);
}

function place() {
  panes.className = `panes ${view.mode}${view.flipped ? " flipped" : ""}`;
  panes.style.setProperty("--at", view.at + "%");
  panes.style.setProperty("--move", `translate(${view.x}px, ${view.y}px) scale(${view.zoom})`);
  find("#wipe").value = view.at;
  find("#wipe").disabled = view.mode !== "wipe";
  for (const button of all("[data-mode]")) button.setAttribute("aria-pressed", button.dataset.mode === view.mode);
}
function zoom(factor, point) {
  const before = view.zoom;
  view.zoom = factor ? Math.min(16, Math.max(1, view.zoom * factor)) : 1;
  const [x, y] = point || [0, 0];
  view.x = view.zoom === 1 ? 0 : x - ((x - view.x) * view.zoom) / before;
  view.y = view.zoom === 1 ? 0 : y - ((y - view.y) * view.zoom) / before;
  place();
}
function mode(name) {
  Object.assign(view, { mode: name, flipped: false });
  place();
}
function goToShot(step) {
  for (let shot = view.shot + step; shot >= 0 && shot < data.shots.length; shot += step) {
    const stills = stillsOf(shot);
    if (stills.length) return show(telling(stills));
  }
}
function goToFrame(frame) {
  const near = (stills) => stills.reduce((best, one) => (!best || Math.abs(one.frame - frame) < Math.abs(best.frame - frame) ? one : best), null);
  show(near(stillsOf(shotOf(frame))) || near(data.stills));
}
function step(by) {
  const stills = stillsOf(view.shot);
  show(stills[stills.indexOf(view.still) + by]);
}

const KEYS = {
  j: () => goToShot(1), k: () => goToShot(-1), ArrowRight: () => goToShot(1), ArrowLeft: () => goToShot(-1),
  ".": () => step(1), ",": () => step(-1),
  " ": () => { if (view.mode !== "flip") mode("flip"); view.flipped = !view.flipped; place(); },
  w: () => mode("wipe"), f: () => mode("flip"), s: () => mode("side"),
  "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), 0: () => zoom(0),
  o: () => {
    const drawable = causesOf(view.still).filter(([, share]) => share <= data.everywhere);
    view.causes = new Set(view.causes.size ? [] : drawable.map(([stage]) => stage));
    drawCauses(view.still);
    drawMask();
  },
};
document.addEventListener("keydown", (event) => {
  if (!view.still || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("textarea, select, input:not([type=range], [type=checkbox])")) return;
  if (event.target.closest("[type=range]") && event.key.startsWith("Arrow")) return;
  if (event.key === " " && event.target.closest("button, summary, a, [type=checkbox]")) return;
  if (KEYS[event.key]) {
    KEYS[event.key]();
    event.preventDefault();
  }
});
document.addEventListener("click", (event) => {
  // What the mouse clicked keeps no focus, so that the space bar flips and does not click it again.
  const clicked = event.detail && event.target.closest(".viewer button, .viewer input, .film button");
  if (clicked) clicked.blur();
  const link = event.target.closest("[data-frame]");
  if (link) goToFrame(Number(link.dataset.frame));
  const line = event.target.closest("[data-line]");
  if (line) play(line.dataset.line);
});
// A line of speech: its sound, and the picture where it begins.
const sound = new Audio();
function play(start) {
  goToFrame(Math.floor(start * data.rate));
  if (!data.clips[start]) return;
  sound.src = data.clips[start];
  sound.play();
}
for (const button of all("[data-mode]")) button.onclick = () => mode(button.dataset.mode);
for (const button of all("[data-zoom]")) button.onclick = () => zoom(Number(button.dataset.zoom));
find("#wipe").oninput = (event) => { view.at = Number(event.target.value); place(); };
for (const side of ["a", "b"]) {
  find("#" + side).onchange = (event) => { view[side] = event.target.value; show(view.still); event.target.blur(); };
}

// Dragging moves the wipe, or the picture where it is enlarged; two fingers or the wheel with ctrl enlarge it.
const fingers = new Map();
panes.addEventListener("pointerdown", (event) => {
  if (view.drawing) return;
  fingers.set(event.pointerId, [event.clientX, event.clientY]);
  panes.setPointerCapture(event.pointerId);
});
panes.addEventListener("pointermove", (event) => {
  const last = fingers.get(event.pointerId);
  if (!last || view.drawing) return;
  const box = panes.getBoundingClientRect();
  const middle = [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2];
  const others = [...fingers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
  if (others.length) {
    const distance = (point) => Math.hypot(point[0] - others[0][0], point[1] - others[0][1]);
    zoom(distance([event.clientX, event.clientY]) / Math.max(1, distance(last)), middle);
  } else if (view.mode === "wipe" && view.zoom === 1) {
    view.at = Math.min(100, Math.max(0, (100 * (event.clientX - box.left)) / box.width));
  } else {
    view.x += event.clientX - last[0];
    view.y += event.clientY - last[1];
  }
  fingers.set(event.pointerId, [event.clientX, event.clientY]);
  place();
});
for (const kind of ["pointerup", "pointercancel"]) panes.addEventListener(kind, (event) => fingers.delete(event.pointerId));
panes.addEventListener("wheel", (event) => {
  if (!event.ctrlKey && view.zoom === 1) return;
  const box = panes.getBoundingClientRect();
  zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15, [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2]);
  event.preventDefault();
}, { passive: false });

function begin() {
  const first = Object.values(data.ends)[0];
  view.b = first || SOURCE;
  find(".strip").append(
    ...data.shots.map((shot, index) => {
      const still = telling(stillsOf(index));
      const button = make("button", { title: `Shot ${index + 1}, frames ${shot.start}–${shot.stop - 1}, ${clock(shot.start)}`, disabled: !still });
      button.dataset.shot = index;
      button.setAttribute("role", "option");
      if (still) button.append(make("img", { src: still.pictures[pictureOf(view.b, still)], alt: "", loading: "lazy", decoding: "async" }));
      button.append(make("span", { textContent: index + 1 }));
      button.onclick = () => show(still);
      return button;
    }),
  );
  show(data.stills.find((still) => still.frame === data.hero));
}

// On paper: before and after of each shot side by side, not a wipe that nobody can move.
addEventListener("beforeprint", () => {
  find("#gallery").replaceChildren(
    ...data.shots.flatMap((shot, index) => {
      const still = telling(stillsOf(index));
      if (!still) return [];
      const picture = (key) => make("figure", {}, make("img", { src: still.pictures[pictureOf(key, still)], alt: "" }), make("figcaption", { textContent: nameOf(key, still) }));
      return [make("h3", { textContent: `Shot ${index + 1}, frame ${still.frame}, ${clock(still.frame)}` }), make("div", { className: "pair" }, picture(SOURCE), picture(view.b))];
    }),
  );
  for (const fold of all("details:not([open])")) Object.assign(fold, { open: true }).dataset.closed = "";
});
addEventListener("afterprint", () => {
  find("#gallery").replaceChildren();
  for (const fold of all("details[data-closed]")) { fold.open = false; delete fold.dataset.closed; }
});
