// The order book over time: heat map, trades, best prices and ladder, for one contract.

import { stepOf } from "./book.js";
import { cellOf, describe } from "./cell.js";
import { ServerClock } from "./clock.js";
import { Controls } from "./controls.js";
import { Palette } from "./palette.js";
import { Pointer } from "./pointer.js";
import { Record } from "./record.js";
import { Scale } from "./scale.js";
import { Screen } from "./screen.js";
import { BookTable } from "./table.js";
import { View } from "./view.js";

/** Milliseconds between pictures at least: a column is a quarter of a second, and each trade changes a dot. */
const PAUSE = 30;
/** Milliseconds that a column may be long. */
const SPANS = [250, 1000, 5000];
const HTML = `<div class="surface-bar"></div><div class="surface-stage">
  <canvas tabindex="0" role="application" aria-keyshortcuts="C F + - ArrowUp ArrowDown ArrowLeft ArrowRight"></canvas>
  <div class="surface-tip" hidden></div></div><div class="surface-said" aria-live="polite"></div>
  <table class="surface-table"></table>`;

const utc = (time) => new Date(time).toISOString().slice(11, 19);

/**
 * Give it the server's messages, with `handle` or one by one; it draws with a frame at most, and only what changed.
 *
 * Options: `theme` (`dark` or `light`; without it the page's `data-theme` holds), `palette` (`colour-blind`),
 * `formatTime` (milliseconds since 1970 to text), `clock` (as `ServerClock`; tests have one of their own).
 */
export class Surface {
  constructor(container, { theme, palette, formatTime = utc, clock = new ServerClock() } = {}) {
    this.container = container;
    this.formatTime = formatTime;
    this.record = new Record(SPANS, clock);
    this.view = new View();
    this.scale = new Scale();
    this.span = SPANS[0];
    this.dots = true;
    if (theme) container.dataset.theme = theme;
    if (palette) container.dataset.palette = palette;
    this.#build();
    this.restyle();
    this.reset(null);
    this.drawn = -Infinity;
    this.#tick();
  }

  // -- what comes

  /** Any message of a stream; those that are not about this contract's depth, trades or quotes are left alone. */
  handle(message) {
    if (message.type === "depth") this.depth(message);
    else if (message.type === "tick" && message.data.type === "bid_ask") this.quote(message);
    else if (message.type === "tick" && "price" in message.data) this.trade(message);
    else if (String(message.topic).startsWith("depth:")) this.#take("news", message);
  }

  /** The whole book after a change, a `depth` message. */
  depth(message) {
    this.#take("depth", message);
  }

  /** A trade, a `tick` message. */
  trade(message) {
    this.#take("trade", message);
  }

  /** Best bid and offer, a `tick` message. */
  quote(message) {
    this.#take("quote", message);
  }

  /** Of [from, to) in milliseconds since 1970 depth was lost: without them, from now on until the next book. */
  lost(from = this.record.clock.now(), to = null) {
    if (Number.isNaN(from)) return;
    this.record.lost(from, to);
    this.dirty = true;
  }

  /** Begin anew with another contract, `{contract_id, symbol}`; with null all messages are taken. */
  reset(contract) {
    this.record.reset(contract);
    this.view.clear();
    this.frozen = null;
    this.cursor = null;
    this.tip.hidden = true;
    const of = contract?.symbol ?? "";
    this.controls.title(`Depth ${of}`.trim());
    this.canvas.setAttribute("aria-label", `Depth of the market over time ${of}`.trim());
    this.#repaint();
  }

  // -- what the user does

  /** Follow the market again, with a zoom that fits. */
  recentre() {
    this.view.recentre();
    this.#repaint();
  }

  /** Hold the picture, or let it go on. */
  freeze(on = this.frozen === null) {
    const { newest } = this.columns;
    this.frozen = on && newest !== null ? { newest, book: this.book } : null;
    this.#repaint();
  }

  /** Show `factor` times as many prices. */
  zoom(factor) {
    this.view.zoom(factor);
    this.#repaint();
  }

  /** Show prices that are so many steps higher, and follow the market no longer. */
  pan(rows) {
    this.view.pan(rows);
    this.#repaint();
  }

  /** Point at a place on the canvas, in CSS pixels; with null at none. */
  point(place) {
    this.cursor = place && this.screen.cellAt(place, this);
    this.#tell(place);
  }

  /** Move what is pointed at by columns and prices; false while there is nothing. */
  step(columns, rows) {
    const { first, last } = this.screen.range(this);
    if (last === null || !this.view.placed) return false;
    const at = this.cursor ?? { number: last - columns, row: this.view.centre - rows };
    const { bottom } = this.view;
    const number = Math.min(Math.max(at.number + columns, first), last);
    this.cursor = { number, row: Math.min(Math.max(at.row + rows, bottom), bottom + this.view.rows - 1) };
    this.#tell(this.screen.placeOf(this.cursor, this));
    return true;
  }

  /** Change a setting: `span` (ms), `mode` (`percentile`, `exact`), `low`, `high`, `contrast` (1 is even), `dots`. */
  set(name, value) {
    if (name === "span") this.freeze(false);
    if (name === "span" || name === "dots") this[name] = value;
    else if (name === "mode") this.scale.cutBy(value);
    else this.scale[name] = value;
    this.controls.show(this);
    this.#repaint();
  }

  /** Read the colours anew, after the page has changed its theme. */
  restyle() {
    this.palette = new Palette(this.container);
    this.#repaint();
  }

  /** Take it off the page. */
  destroy() {
    cancelAnimationFrame(this.frame);
    this.resizing.disconnect();
    this.container.replaceChildren();
    this.container.classList.remove("surface");
  }

  // -- how it stands

  get book() {
    return this.record.book;
  }

  get price() {
    return this.record.price;
  }

  get columns() {
    return this.record.all.get(this.span);
  }

  get rowHeight() {
    return this.screen.layout.plot.height / this.view.rows;
  }

  /** What is known of a price at a moment, see `cellOf`. */
  cell(time, price) {
    return cellOf(this.columns, this.view, this.columns.number(time), this.view.rowOf(price));
  }

  /** The middle of that cell on the canvas, in CSS pixels. */
  placeOf(time, price) {
    return this.screen.placeOf({ number: this.columns.number(time), row: this.view.rowOf(price) }, this);
  }

  /** Draw now what is to be drawn, rather than with the next frame; whether there was anything. */
  draw() {
    const now = this.record.clock.now();
    if (this.columns.newest !== null && !Number.isNaN(now)) this.record.advance(now);
    const goesOn = !this.frozen && this.columns.changed !== Infinity;
    if (!this.dirty && !goesOn) return false;
    this.dirty = false;
    this.#follow();
    this.screen.draw(this);
    this.#state();
    this.table.show(this.book, now);
    return true;
  }

  // -- inside

  #tick(now = performance.now()) {
    this.frame = requestAnimationFrame((now) => this.#tick(now));
    if (document.hidden || now - this.drawn < PAUSE) return;
    if (this.draw()) this.drawn = now;
  }

  #follow() {
    if (!this.book || this.frozen) return;
    const { first, last } = this.screen.range(this);
    if (this.view.follow(this.book, stepOf(this.book), this.columns.extent(first, last))) this.screen.stale = true;
  }

  #take(how, message) {
    if (!this.record.concerns(message)) return false;
    this.record[how](message);
    this.dirty = true;
    return true;
  }

  #build() {
    this.container.classList.add("surface");
    this.container.innerHTML = HTML;
    const find = (name) => this.container.querySelector(name);
    [this.canvas, this.tip, this.said] = [find("canvas"), find(".surface-tip"), find(".surface-said")];
    this.controls = new Controls(find(".surface-bar"), this);
    this.controls.show(this);
    this.table = new BookTable(find(".surface-table"));
    this.screen = new Screen(this.canvas);
    this.pointer = new Pointer(this.canvas, this);
    this.resizing = new ResizeObserver(() => {
      this.screen.size = null;
      this.#repaint();
    });
    this.resizing.observe(find(".surface-stage"));
  }

  #repaint() {
    this.screen.stale = this.dirty = true;
  }

  #state() {
    const since = this.record.losingSince;
    if (this.frozen) this.controls.state("frozen", "frozen");
    else if (since !== null) this.controls.state(`depth lost since ${this.formatTime(since)}`, "lost");
    else if (!this.book) this.controls.state("no depth yet", "waiting");
    else this.controls.state("", "live");
    this.controls.pressed("freeze", this.frozen !== null);
    this.controls.pressed("recentre", this.view.following);
  }

  #tell(place) {
    this.dirty = true;
    this.tip.hidden = !this.cursor;
    if (!this.cursor) return;
    const cell = cellOf(this.columns, this.view, this.cursor.number, this.cursor.row);
    this.tip.textContent = describe(cell, this.view, this.formatTime);
    this.tip.dataset.state = cell.state;
    const { width, height } = this.screen.layout;
    const left = Math.max(Math.min(place.x + 14, width - this.tip.offsetWidth - 4), 4);
    this.tip.style.translate = `${left}px ${place.y > height / 2 ? place.y - 34 : place.y + 14}px`;
    if (document.activeElement === this.canvas) this.said.textContent = this.tip.textContent;
  }
}
