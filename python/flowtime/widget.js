// The what-if widget: sliders, and charts that follow them. The kernel computes; this draws.

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 640, HEIGHT = 150, LEFT = 52, RIGHT = 8, TOP = 8, BOTTOM = 22;

function element(name, attributes = {}, children = [], space) {
  const made = space ? document.createElementNS(space, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const shape = (name, attributes, children) => element(name, attributes, children, SVG);

/** Numbers as people read them. */
function readable(value) {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1e6 || (size > 0 && size < 1e-3)) return value.toExponential(2).replace("e+", "e");
  return String(Number(value.toPrecision(4)));
}

/** Round numbers between two ends, about so many. */
function ticks(low, high, count) {
  const raw = (high - low) / count;
  if (!(raw > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= raw);
  const found = [];
  for (let i = Math.ceil(low / step); i * step <= high * (1 + 1e-12); i++) found.push(i * step);
  return found;
}

/** Float64 little-endian bytes, from wherever they stand. */
function numbers(view) {
  const found = new Float64Array(view.byteLength / 8);
  for (let i = 0; i < found.length; i++) found[i] = view.getFloat64(8 * i, true);
  return found;
}

/** A line that keeps each value for its bin, with gaps where there is none. */
function path(values, x, y) {
  let text = "", pen = false;
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) { pen = false; continue; }
    const level = y(values[i]).toFixed(1);
    text += `${pen ? "L" : "M"}${x(i).toFixed(1)} ${level}H${x(i + 1).toFixed(1)}`;
    pen = true;
  }
  return text;
}

/** One chart: the axes once, the lines as often as there are new numbers. */
class Chart {
  constructor(series, grid) {
    this.grid = grid;
    this.value = element("span", { class: "now" });
    this.axis = shape("g", { class: "axis" });
    this.before = shape("path", { class: "before" });
    this.now = shape("path", { class: "line", stroke: series.colour });
    const picture = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" }, [this.axis, this.before, this.now]);
    picture.append(shape("title", {}, [series.name]));
    const name = element("b", {}, [series.name]);
    name.style.color = series.colour;
    const unit = element("span", { class: "quiet" }, [series.unit]);
    this.root = element("div", { class: "chart" }, [element("div", { class: "name" }, [name, unit, this.value]), picture]);
    this.low = this.high = NaN;
  }

  draw(now, before, told) {
    const known = [...now, ...before].filter(Number.isFinite);
    let low = known.reduce((a, b) => Math.min(a, b), Infinity);
    let high = known.reduce((a, b) => Math.max(a, b), -Infinity);
    if (!known.length) [low, high] = [0, 1];
    if (low >= 0 && low <= high / 2) low = 0;
    if (low === high) [low, high] = [low - 1, high + 1];
    const x = (i) => LEFT + (i * (WIDTH - LEFT - RIGHT)) / now.length;
    const y = (v) => HEIGHT - BOTTOM - ((v - low) * (HEIGHT - TOP - BOTTOM)) / (high - low);
    if (low !== this.low || high !== this.high) this.frame(low, high, y);
    this.before.setAttribute("d", path(before, x, y));
    this.now.setAttribute("d", path(now, x, y));
    this.value.textContent = told;
  }

  frame(low, high, y) {
    [this.low, this.high] = [low, high];
    const marks = [];
    for (const level of ticks(low, high, 4)) {
      marks.push(shape("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(level), y2: y(level) }));
      marks.push(shape("text", { x: LEFT - 6, y: y(level) + 4, "text-anchor": "end" }, [readable(level)]));
    }
    for (const { at, text } of this.grid) {
      marks.push(shape("text", { x: LEFT + at * (WIDTH - LEFT - RIGHT), y: HEIGHT - 6, "text-anchor": at < 0.02 ? "start" : at > 0.98 ? "end" : "middle" }, [text]));
    }
    this.axis.replaceChildren(...marks);
  }
}

/** A slider with its value, which tells `moved` while it is being dragged. It holds on each step and on the model's own value. */
function slider(input, value, own, moved) {
  const range = element("input", { type: "range", min: input.low, max: input.high, step: "any", "aria-label": input.name });
  const shown = element("output", {}, []);
  const held = (raw) => {
    if (Math.abs(raw - own) <= input.step / 2) return own;
    const step = input.low + Math.round((raw - input.low) / input.step) * input.step;
    return Number(Math.min(step, input.high).toPrecision(12));
  };
  const show = (position) => { shown.textContent = readable(position); };
  range.value = value;
  show(value);
  range.addEventListener("input", () => {
    const position = held(range.valueAsNumber);
    show(position);
    moved(input.name, position);
  });
  const row = element("label", { class: "slider" }, [element("span", {}, [input.name]), range, shown, element("span", { class: "quiet" }, [input.unit])]);
  return { row, set: (next) => { range.value = next; show(next); } };
}

function render({ model, el }) {
  const inputs = model.get("_inputs"), series = model.get("_series"), grid = model.get("_ticks");
  const charts = series.map((one) => new Chart(one, grid));
  const problem = element("div", { class: "problem", role: "alert" });

  // One question at a time: while the kernel computes only the newest position is kept. A kernel that was restarted never answers.
  const PATIENCE = 10_000;
  let asked = -Infinity, newest = null;
  const waiting = () => performance.now() - asked < PATIENCE;
  const ask = () => {
    if (waiting() || newest === null) return;
    const next = newest, now = model.get("values");
    newest = null;
    // What has not changed is not sent, and would not be answered.
    if (Object.keys(next).every((name) => next[name] === now[name])) return;
    asked = performance.now();
    model.set("values", next);
    model.save_changes();
  };
  const moved = (name, value) => {
    newest = { ...(newest ?? model.get("values")), [name]: value };
    ask();
  };
  const values = model.get("values");
  const own = model.get("_reference");
  const sliders = Object.fromEntries(inputs.map((input) => [input.name, slider(input, values[input.name], own[input.name], moved)]));
  const reset = element("button", { type: "button" }, ["reset"]);
  reset.addEventListener("click", () => { newest = { ...own }; follow(newest); ask(); });
  const follow = (next) => { for (const name in sliders) sliders[name].set(next[name]); };

  const draw = () => {
    const now = numbers(model.get("_now")), before = numbers(model.get("_before"));
    const bins = now.length / series.length;
    const part = (all, i) => all.subarray(i * bins, (i + 1) * bins);
    const told = model.get("_told");
    charts.forEach((chart, i) => chart.draw(part(now, i), part(before, i), told[i]));
    el.dataset.answer = model.get("_answer");
  };
  const answered = () => {
    asked = -Infinity;
    problem.textContent = model.get("_problem");
    draw();
    ask();
  };
  // While somebody drags, the sliders lead.
  const followed = () => { if (newest === null && !waiting()) follow(model.get("values")); };
  model.on("change:_answer", answered);
  model.on("change:values", followed);

  const legend = element("div", { class: "quiet" }, ["pale: the model's own values"]);
  const controls = element("div", { class: "controls" }, [...Object.values(sliders).map((one) => one.row), reset, legend, problem]);
  const drawn = element("div", { class: "charts" }, charts.map((chart) => chart.root));
  el.classList.add("flowtime-widget");
  el.append(controls, drawn);
  problem.textContent = model.get("_problem");
  draw();
  return () => { model.off("change:_answer", answered); model.off("change:values", followed); };
}

export default { render };
