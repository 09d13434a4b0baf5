// The map of words: labels where there is room, search, and the neighbours of a chosen word.

const LABEL_FONT = "12px system-ui, sans-serif";
const LABEL_HEIGHT = 15;
const LABEL_GAP = 6; // pixels between a point and its label, and between two labels
const ZOOM_STEP = 1.5;

function connectMap(element, document) {
  const plot = document.roots()[0];
  const source = document.get_model_by_name("words");
  const { word: words, x, y } = source.data;
  const data = element.querySelector("script[data-neighbours]");
  const neighbours = data ? JSON.parse(data.textContent) : null;
  const rowOf = new Map(Array.from(words, (word, row) => [word, row]));
  const widths = textWidths(words);
  const status = element.querySelector("[role=status]");
  const advice = status.textContent;
  let chosen = null;

  function nearRows() {
    if (chosen === null || !neighbours) return [];
    return neighbours[chosen].map(([word]) => rowOf.get(word)).filter((row) => row !== undefined);
  }

  // The chosen word, its neighbours, then the most frequent words: each that has room.
  function placeLabels() {
    const near = nearRows();
    const marked = new Set(chosen === null ? [] : [chosen, ...near]);
    const rest = Array.from(words.keys()).filter((row) => !marked.has(row));
    const toPixels = pixels(plot);
    const room = new Room(plot.inner_width, plot.inner_height);
    const labelled = new Set([...marked, ...rest].filter((row) => {
      return room.take(...toPixels(x[row], y[row]), widths[row]);
    }));
    show("chosen", chosen === null ? [] : [chosen], labelled);
    show("near", near, labelled);
    show("labels", rest.filter((row) => labelled.has(row)), labelled);
  }

  function show(name, rows, labelled) {
    document.get_model_by_name(name).data = {
      x: rows.map((row) => x[row]),
      y: rows.map((row) => y[row]),
      word: rows.map((row) => (labelled.has(row) ? words[row] : "")),
    };
  }

  function choose(row) {
    if (source.selected.indices[0] !== row) source.selected.indices = row === null ? [] : [row];
    chosen = row;
    if (neighbours) showNeighbours(element, row === null ? null : words[row], neighbours[row], pick);
    placeLabels();
  }

  // Choose a word by name, and bring it into view.
  function pick(word) {
    const row = rowOf.get(word) ?? rowOf.get(word.toLowerCase());
    const missing = row === undefined && word !== "";
    const size = words.length.toLocaleString("en");
    status.textContent = missing ? `“${word}” is not among the ${size} words of the map.` : advice;
    status.classList.toggle("muted", !missing);
    if (row === undefined) return;
    choose(row);
    centre(plot, x[row], y[row]);
  }

  source.selected.properties.indices.change.connect(() => {
    const row = source.selected.indices[0] ?? null;
    if (row !== chosen) choose(row);
  });
  const fit = () => fitRanges(plot, x, y);
  plot.properties.inner_width.change.connect(fit);
  let waiting = false;
  for (const range of [plot.x_range, plot.y_range]) {
    range.change.connect(() => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; placeLabels(); });
    });
  }
  const actions = { in: () => zoom(plot, 1 / ZOOM_STEP), out: () => zoom(plot, ZOOM_STEP), all: fit };
  for (const button of element.querySelectorAll("button[data-zoom]")) {
    button.addEventListener("click", actions[button.dataset.zoom]);
  }
  for (const button of element.querySelectorAll("button[data-word]")) {
    button.addEventListener("click", () => pick(button.dataset.word));
  }
  connectSearch(element.querySelector("form"), words, pick);
  fit();
  const sample = element.querySelector("button[data-word]");
  choose(sample ? rowOf.get(sample.dataset.word) : null);
}

// The labels that were given room, as boxes above their points, inside the frame.
class Room {
  constructor(width, height) {
    this.width = width;
    this.height = height;
    this.boxes = [];
  }

  take(x, y, width) {
    const box = [x - width / 2, y - LABEL_GAP - LABEL_HEIGHT, x + width / 2, y - LABEL_GAP];
    const inside = box[0] >= 0 && box[1] >= 0 && box[2] <= this.width && y <= this.height;
    const gap = LABEL_GAP;
    const free = inside && this.boxes.every((other) =>
      box[0] > other[2] + gap || box[2] < other[0] - gap || box[1] > other[3] || box[3] < other[1]);
    if (free) this.boxes.push(box);
    return free;
  }
}

function textWidths(words) {
  const context = document.createElement("canvas").getContext("2d");
  context.font = LABEL_FONT;
  return Array.from(words, (word) => context.measureText(word).width);
}

function pixels(plot) {
  const { x_range, y_range, inner_width, inner_height } = plot;
  return (x, y) => [
    (x - x_range.start) / (x_range.end - x_range.start) * inner_width,
    (y_range.end - y) / (y_range.end - y_range.start) * inner_height,
  ];
}

// Ranges that show all points, with units of the same length on both axes.
function fitRanges(plot, x, y) {
  const [left, right, low, high] = [...extent(x), ...extent(y)];
  const margin = 40; // pixels, for labels
  const unit = Math.max(
    (right - left) / Math.max(plot.inner_width - 2 * margin, 1),
    (high - low) / Math.max(plot.inner_height - 2 * margin, 1),
  ) || 1 / plot.inner_width;
  setRanges(plot, (left + right) / 2, (low + high) / 2, unit * plot.inner_width, unit * plot.inner_height);
}

function extent(values) {
  return values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
}

function setRanges(plot, x, y, width, height) {
  plot.x_range.setv({ start: x - width / 2, end: x + width / 2 });
  plot.y_range.setv({ start: y - height / 2, end: y + height / 2 });
}

function zoom(plot, factor) {
  const { x_range, y_range } = plot;
  setRanges(plot, (x_range.start + x_range.end) / 2, (y_range.start + y_range.end) / 2,
    (x_range.end - x_range.start) * factor, (y_range.end - y_range.start) * factor);
}

// Move the map so that a point is in the middle, unless it is well inside.
function centre(plot, x, y) {
  const [left, top] = pixels(plot)(x, y);
  const inside = (place, size) => place > size * 0.15 && place < size * 0.85;
  if (inside(left, plot.inner_width) && inside(top, plot.inner_height)) return;
  const { x_range, y_range } = plot;
  setRanges(plot, x, y, x_range.end - x_range.start, y_range.end - y_range.start);
}

function connectSearch(form, words, pick) {
  const field = form.querySelector("input");
  const list = form.querySelector("datalist");
  field.addEventListener("input", (event) => {
    const begun = field.value.toLowerCase();
    const found = begun ? Array.from(words).filter((word) => word.toLowerCase().startsWith(begun)) : [];
    list.replaceChildren(...found.slice(0, 10).map((word) => {
      const option = document.createElement("option");
      option.value = word;
      return option;
    }));
    if (event.inputType === "insertReplacementText") pick(field.value); // taken from the list
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    pick(field.value.trim());
  });
}

// Words are set as text, never as HTML.
function showNeighbours(element, word, found, pick) {
  const table = element.querySelector("table");
  table.hidden = word === null;
  element.querySelector(".hint").hidden = word !== null;
  if (word === null) return;
  table.caption.querySelector("b").textContent = word;
  table.tBodies[0].replaceChildren(...found.map(([neighbour, cosine]) => {
    const row = document.createElement("tr");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = neighbour;
    button.addEventListener("click", () => pick(neighbour));
    row.insertCell().append(button);
    const number = row.insertCell();
    number.textContent = cosine.toFixed(3);
    number.style.setProperty("--part", Math.max(cosine, 0));
    return row;
  }));
}
