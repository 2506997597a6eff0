// The canvas: puts the layers on it, and knows what lies where.

import { Heat } from "./heat.js";
import { drawLadder } from "./ladder.js";
import { layOut } from "./layout.js";
import { drawBest, drawCursor, drawDots, drawLosses } from "./plot.js";
import { drawTimes } from "./times.js";

/** So many columns at most; fewer where they would be narrower than a pixel. */
const MOST_COLUMNS = 600;
/** After so many new columns it is looked at again which sizes are large. */
const MEASURE = 40;

/** `size` is null until it is asked for, which lays out the page. `stale`: the heat map has to be painted whole, since prices, colours or the size of the canvas are other ones. */
export class Screen {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
    this.heat = new Heat();
    this.stale = true;
    this.size = null;
    this.measured = 0;
    this.layout = layOut(1, 1);
  }

  /** The columns on screen: [first, last]; null before there are any. */
  range({ frozen, columns }) {
    const last = frozen ? frozen.newest : columns.newest;
    if (last === null) return { first: null, last: null };
    return { first: last - Math.min(MOST_COLUMNS, Math.floor(this.layout.plot.width)) + 1, last };
  }

  draw(surface) {
    if (!this.#fit()) return;
    const { view, scale, palette, columns, cursor, dots, formatTime, price } = surface;
    const book = surface.frozen ? surface.frozen.book : surface.book;
    const { context, layout } = this;
    const look = { view, scale, palette, columns, formatTime, price, book };
    const picture = { ...look, ...this.range(surface), layout, box: layout.plot, font: palette.font };
    context.textBaseline = "middle";
    context.fillStyle = palette.text.background;
    context.fillRect(0, 0, layout.width, layout.height);
    drawTimes(context, picture);
    if (picture.last !== null) this.#plot(picture, dots, cursor);
    drawLadder(context, picture);
  }

  /** The cell at a place of the heat map, in CSS pixels; null beside it. */
  cellAt({ x, y }, surface) {
    const { plot } = this.layout;
    const { first, last } = this.range(surface);
    const { view } = surface;
    if (last === null || !view.placed || x < 0 || y < 0 || x >= plot.width || y >= plot.height) return null;
    const number = first + Math.floor((x / plot.width) * (last - first + 1));
    return { number, row: view.bottom + view.rows - 1 - Math.floor((y / plot.height) * view.rows) };
  }

  /** The middle of a cell. */
  placeOf({ number, row }, surface) {
    const { plot } = this.layout;
    const { first, last } = this.range(surface);
    const { view } = surface;
    const x = plot.x + ((number - first + 0.5) * plot.width) / (last - first + 1);
    return { x, y: plot.y + ((view.bottom + view.rows - 0.5 - row) * plot.height) / view.rows };
  }

  #plot(picture, dots, cursor) {
    const { context, layout } = this;
    this.#paint(picture);
    context.save();
    context.beginPath();
    context.rect(layout.plot.x, layout.plot.y, layout.plot.width, layout.plot.height);
    context.clip();
    this.heat.draw(context, picture.last, layout.plot);
    drawBest(context, picture);
    if (dots) drawDots(context, picture);
    drawLosses(context, picture);
    if (cursor) drawCursor(context, picture, cursor);
    context.restore();
  }

  /** Bring the heat map up to date: all of it, or the columns that have changed. */
  #paint(picture) {
    const { columns, first, last, view, scale } = picture;
    if (this.stale || last - this.measured >= MEASURE || last < this.measured) {
      this.measured = last;
      this.stale = scale.measure(columns, first, last, this.stale);
    }
    const resized = this.heat.resize(last - first + 1, view.rows);
    const from = this.stale || resized ? first : Math.max(columns.changed, first);
    if (from <= last) this.heat.paint(columns, from, last, picture);
    columns.changed = Infinity;
    this.stale = false;
  }

  /** Take the size of the element; whether there is anything to see. */
  #fit() {
    this.size ??= sizeOf(this.canvas.parentElement);
    const { width, height } = this.size;
    if (!width || !height) return false;
    const ratio = window.devicePixelRatio || 1;
    const size = { width: Math.round(width * ratio), height: Math.round(height * ratio) };
    if (this.canvas.width !== size.width || this.canvas.height !== size.height) {
      Object.assign(this.canvas, size);
      this.stale = true;
    }
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.layout = layOut(width, height);
    return true;
  }
}

const sizeOf = ({ clientWidth: width, clientHeight: height }) => ({ width, height });
