// Where each label of a map goes: beside its point, or farther off with a line to it, clear of
// all points, labels and lines, or nowhere. The same as in maps/labels.py, in pixels.

const LABEL_HEIGHT = 15;
const TOUCHING = 2; // from the edge of a point to its label
const APART = 2; // what a label keeps clear around it
const BEFORE = 1; // from the end of a line to its label
const AROUND = [0, 180, 90, 270, 30, 150, 330, 210, 60, 120, 300, 240];
const FAR_AROUND = [0, 180, 30, 150, 330, 210, 60, 120, 300, 240, 90, 270];
const STEPS = [9, 16, 24, 33, 44, 56, 70];
const REACH = [[40, 70], [120, 44], [400, 24], [1000, 9]]; // up to so many points: the longest line
const CELL = 24; // of the grid by which what is near is found

const ways = (degrees) => degrees.map((angle) => {
  const turn = angle * Math.PI / 180;
  return [Math.cos(turn), -Math.sin(turn)].map((part) => (Math.abs(part) < 1e-9 ? 0 : part));
});
const NEAR_WAYS = ways(AROUND);
const FAR_WAYS = [...ways(FAR_AROUND), ...ways(FAR_AROUND.map((angle) => angle + 15))];

// A frame of width and height with points in it, [x, y, radius] each, which labels keep clear of.
class Room {
  constructor(width, height, points) {
    this.width = width;
    this.height = height;
    this.cells = new Map();
    this.lines = [];
    points.forEach(([x, y, radius], owner) => {
      if (x >= 0 && y >= 0 && x <= width && y <= height) {
        this.put({ owner, box: [x - radius, y - radius, x + radius, y + radius] });
      }
    });
    const reach = (REACH.find(([most]) => points.length <= most) ?? [0, 0])[1];
    this.steps = STEPS.filter((step) => step <= reach);
  }

  // The place of the label of a point, {box, line, way}, or null; `way` is tried first.
  take(owner, [x, y, radius], width, way = 0) {
    if (x < 0 || y < 0 || x > this.width || y > this.height) return null;
    const found = this.touching(owner, x, y, radius, width, way)
      ?? this.faraway(owner, x, y, radius, width);
    if (found === null) return null;
    this.put({ owner, box: found.box });
    if (found.line) this.lines.push(found.line);
    return found;
  }

  touching(owner, x, y, radius, width, first) {
    for (let turn = 0; turn < NEAR_WAYS.length; turn += 1) {
      const way = turn === 0 ? first : turn - (turn <= first);
      const box = boxAt(x, y, radius + TOUCHING, width, NEAR_WAYS[way]);
      if (this.isFree(owner, box)) return { box, line: null, way };
    }
    return null;
  }

  faraway(owner, x, y, radius, width) {
    for (const step of this.steps) {
      for (const way of FAR_WAYS) {
        const box = boxAt(x, y, radius + step, width, way);
        if (!this.isFree(owner, box)) continue;
        const line = lineTo(x, y, box);
        if (this.isFreeLine(owner, line)) return { box, line, way: 0 };
      }
    }
    return null;
  }

  put(item) {
    for (const cell of cellsOf(item.box)) {
      if (!this.cells.has(cell)) this.cells.set(cell, []);
      this.cells.get(cell).push(item);
    }
  }

  isFree(owner, [left, top, right, bottom]) {
    if (left < 0 || top < 0 || right > this.width || bottom > this.height) return false;
    const wide = [left - APART, top - APART, right + APART, bottom + APART];
    return !this.meets(wide, (item) => item.owner !== owner && overlap(wide, item.box))
      && !this.lines.some((line) => crosses(line, wide));
  }

  isFreeLine(owner, line) {
    const [x, y, toX, toY] = line;
    const around = [Math.min(x, toX), Math.min(y, toY), Math.max(x, toX), Math.max(y, toY)];
    return !this.meets(around, (item) => item.owner !== owner && crosses(line, item.box))
      && !this.lines.some((other) => intersect(line, other));
  }

  // Whether the test is true of anything near the box; most often the first is enough.
  meets([left, top, right, bottom], test) {
    for (let column = Math.floor(left / CELL); column <= Math.floor(right / CELL); column += 1) {
      for (let row = Math.floor(top / CELL); row <= Math.floor(bottom / CELL); row += 1) {
        if (this.cells.get(cellAt(column, row))?.some(test)) return true;
      }
    }
    return false;
  }
}

// The box of a label at a distance and in a direction from a point: its nearest corner, or the
// middle of its nearest side, is there.
function boxAt(x, y, gap, width, [across, down]) {
  const middleX = x + gap * across + Math.sign(across) * width / 2;
  const middleY = y + gap * down + Math.sign(down) * LABEL_HEIGHT / 2;
  return [middleX - width / 2, middleY - LABEL_HEIGHT / 2, middleX + width / 2, middleY + LABEL_HEIGHT / 2];
}

// A line from a point to just before the nearest place of a box.
function lineTo(x, y, [left, top, right, bottom]) {
  const clamp = (value, low, high) => Math.min(Math.max(value, low - BEFORE), high + BEFORE);
  return [x, y, clamp(x, left, right), clamp(y, top, bottom)];
}

function cellAt(column, row) {
  return column * 100000 + row;
}

function* cellsOf([left, top, right, bottom]) {
  for (let column = Math.floor(left / CELL); column <= Math.floor(right / CELL); column += 1) {
    for (let row = Math.floor(top / CELL); row <= Math.floor(bottom / CELL); row += 1) {
      yield cellAt(column, row);
    }
  }
}

function overlap(one, other) {
  return one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3];
}

// Whether a line passes through a box.
function crosses([x, y, toX, toY], [left, top, right, bottom]) {
  const part = (edge, start, way) => (edge - start) / (way || 1e-12);
  const [one, other] = [part(left, x, toX - x), part(right, x, toX - x)];
  const [high, low] = [part(top, y, toY - y), part(bottom, y, toY - y)];
  const enters = Math.max(Math.min(one, other), Math.min(high, low));
  const leaves = Math.min(Math.max(one, other), Math.max(high, low));
  return enters < leaves && enters < 1 && leaves > 0;
}

function intersect(one, other) {
  const turn = ([x, y, toX, toY], atX, atY) => (toX - x) * (atY - y) - (toY - y) * (atX - x);
  const apart = (line, [x, y, toX, toY]) => turn(line, x, y) * turn(line, toX, toY) < 0;
  return apart(one, other) && apart(other, one);
}
