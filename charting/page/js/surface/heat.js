// The heat map: one pixel for each column and price, enlarged when it is drawn.

/** Columns lie in the picture by their number, so that time goes on without anything being moved. */
export class Heat {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.context = this.canvas.getContext("2d", { alpha: false });
    this.context.imageSmoothingEnabled = false;
  }

  /** Whether this changed its size, so that all has to be painted. */
  resize(width, height) {
    if (this.canvas.width === width && this.canvas.height === height) return false;
    Object.assign(this.canvas, { width, height });
    this.image = this.context.createImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    return true;
  }

  /** Paint columns [first, last], which are at most as many as it is wide. */
  paint(columns, first, last, look) {
    const { width, height } = this.canvas;
    for (let n = first; n <= last; n++) this.#column(columns.at(n), mod(n, width), n, look);
    const left = mod(first, width);
    const count = last - first + 1;
    const right = Math.min(count, width - left);
    this.context.putImageData(this.image, 0, 0, left, 0, right, height);
    if (count > right) this.context.putImageData(this.image, 0, 0, 0, 0, count - right, height);
  }

  /** Draw it with column `last` at the right edge of a box. */
  draw(context, last, box) {
    const { width, height } = this.canvas;
    const oldest = mod(last + 1, width);
    const scale = box.width / width;
    const split = box.x + (width - oldest) * scale;
    context.imageSmoothingEnabled = scale < 1;
    context.drawImage(this.canvas, oldest, 0, width - oldest, height, box.x, box.y, split - box.x, box.height);
    if (oldest) context.drawImage(this.canvas, 0, 0, oldest, height, split, box.y, oldest * scale, box.height);
  }

  #column(slot, x, n, { view, scale, palette }) {
    const { width, height } = this.canvas;
    const { pixels } = this;
    const put = (row, colour) => {
      pixels[(height - 1 - row) * width + x] = colour;
    };
    const lost = slot?.lost;
    for (let row = 0; row < height; row++) {
      if (!lost) put(row, palette.unknown);
      else put(row, mod(n + row, 8) < 2 ? palette.lostHatch : palette.lost);
    }
    if (lost || !slot?.book) return;
    background(slot.book, view, palette, height, put);
    levels(slot.book, view, scale, palette, height, put);
  }
}

/** Prices that the book speaks of, before its sizes: what is empty there is known to be empty. */
function background(book, view, palette, height, put) {
  const first = Math.max(view.rowOf(book.low) - view.bottom, 0);
  const last = Math.min(view.rowOf(book.high) - view.bottom, height - 1);
  const bid = view.rowOf(book.bid) - view.bottom;
  const ask = view.rowOf(book.ask) - view.bottom;
  for (let row = first; row <= last; row++) {
    put(row, row <= bid ? palette.bids[0] : row >= ask ? palette.asks[0] : palette.spread);
  }
}

function levels(book, view, scale, palette, height, put) {
  for (let i = 0; i < book.prices.length; i++) {
    const row = view.rowOf(book.prices[i]) - view.bottom;
    if (row < 0 || row >= height) continue;
    put(row, (i < book.bids ? palette.bids : palette.asks)[scale.level(book.sizes[i])]);
  }
}

function mod(number, by) {
  return ((number % by) + by) % by;
}
