// The map of words: labels where there is room, search, and the neighbours of a chosen word.

const LABEL_FONT = "12px system-ui, sans-serif";
const DOT = 2.5; // radius of a point
const MARKED_DOT = 5; // of a chosen word or its neighbours
const ZOOM_STEP = 1.5;

function connectMap(element, document) {
  const plot = document.roots()[0];
  const source = document.get_model_by_name("words");
  const { word: words, x, y } = source.data;
  const data = element.querySelector("script[data-neighbours]");
  const neighbours = data ? JSON.parse(data.textContent) : null;
  const rowOf = new Map(Array.from(words, (word, row) => [word, row]));
  // In any case, the first of several spellings; asked for where the exact one is missing.
  const rowInAnyCase = new Map(Array.from(words, (word, row) => [word.toLowerCase(), row]).reverse());
  const widths = textWidths(words, LABEL_FONT);
  const ways = { scale: null, of: new Map() }; // where labels were, so that they stay while dragged
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
    const points = Array.from(words.keys(), (row) =>
      [...toPixels(x[row], y[row]), marked.has(row) ? MARKED_DOT : DOT]);
    const scale = (plot.x_range.end - plot.x_range.start).toPrecision(9);
    if (scale !== ways.scale) ways.of.clear();
    ways.scale = scale;
    const room = new Room(plot.inner_width, plot.inner_height, points);
    const placed = new Map();
    for (const row of [...marked, ...rest]) {
      const width = row === chosen ? textWidths([words[row]], `bold ${LABEL_FONT}`)[0] : widths[row];
      const place = room.take(row, points[row], width, ways.of.get(row));
      if (place === null) continue;
      placed.set(row, place);
      ways.of.set(row, place.way);
    }
    show("chosen", chosen === null ? [] : [chosen], points, placed);
    show("near", near, points, placed);
    show("labels", rest.filter((row) => placed.has(row)), points, placed);
    drawLines(Array.from(placed.values()).flatMap((place) => (place.line ? [place.line] : [])));
  }

  function show(name, rows, points, placed) {
    const box = (row) => placed.get(row)?.box ?? [0, 0, 0, 0];
    document.get_model_by_name(name).data = {
      x: rows.map((row) => x[row]),
      y: rows.map((row) => y[row]),
      word: rows.map((row) => (placed.has(row) ? words[row] : "")),
      across: rows.map((row) => box(row)[0] - points[row][0]),
      down: rows.map((row) => (box(row)[1] + box(row)[3]) / 2 - points[row][1]),
    };
  }

  function drawLines(lines) {
    const fromPixels = places(plot);
    const ends = lines.map(([left, top, right, bottom]) =>
      [...fromPixels(left, top), ...fromPixels(right, bottom)]);
    const [x0, y0, x1, y1] = [0, 1, 2, 3].map((part) => ends.map((line) => line[part]));
    document.get_model_by_name("leaders").data = { x0, y0, x1, y1 };
  }

  function choose(row) {
    if (source.selected.indices[0] !== row) source.selected.indices = row === null ? [] : [row];
    chosen = row;
    if (neighbours) {
      showNeighbours(element, row === null ? null : words[row], neighbours[row], rowOf, pick);
    }
    placeLabels();
  }

  // Choose a word by name, and bring it to the middle; none is chosen where there is no such word.
  function pick(word) {
    const row = rowOf.get(word) ?? rowInAnyCase.get(word.toLowerCase());
    const missing = row === undefined && word !== "";
    const size = words.length.toLocaleString("en");
    status.textContent = missing ? `“${word}” is not among the ${size} words of the map.` : advice;
    status.classList.toggle("muted", !missing);
    choose(row ?? null);
    if (row !== undefined) centre(plot, x[row], y[row]);
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

function textWidths(words, font) {
  const context = document.createElement("canvas").getContext("2d");
  context.font = font;
  return Array.from(words, (word) => context.measureText(word).width);
}

function pixels(plot) {
  const { x_range, y_range, inner_width, inner_height } = plot;
  return (x, y) => [
    (x - x_range.start) / (x_range.end - x_range.start) * inner_width,
    (y_range.end - y) / (y_range.end - y_range.start) * inner_height,
  ];
}

// The other way round: where a place in pixels is on the map.
function places(plot) {
  const { x_range, y_range, inner_width, inner_height } = plot;
  return (left, top) => [
    x_range.start + left / inner_width * (x_range.end - x_range.start),
    y_range.end - top / inner_height * (y_range.end - y_range.start),
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

// Move the map so that a point is in the middle.
function centre(plot, x, y) {
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

// Words are set as text, never as HTML. Those that are not on the map say so, and lead nowhere.
function showNeighbours(element, word, found, rowOf, pick) {
  const table = element.querySelector("table");
  table.hidden = word === null;
  element.querySelector(".hint").hidden = word !== null;
  if (word === null) return;
  table.caption.querySelector("b").textContent = word;
  table.tBodies[0].replaceChildren(...found.map(([neighbour, cosine]) => {
    const row = document.createElement("tr");
    row.insertCell().append(...(rowOf.has(neighbour) ? [choice(neighbour, pick)] : offMap(neighbour)));
    const number = row.insertCell();
    number.textContent = cosine.toFixed(3);
    number.style.setProperty("--part", Math.max(cosine, 0));
    return row;
  }));
}

function choice(word, pick) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = word;
  button.addEventListener("click", () => pick(word));
  return button;
}

function offMap(word) {
  const mark = document.createElement("span");
  mark.className = "off";
  mark.textContent = "not on the map";
  return [word, " ", mark];
}
