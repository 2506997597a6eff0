// The book as it stands, beside the heat map: bars, sizes and prices on the same rows.

import { digitsOf, short } from "./layout.js";

const LINE = 13;
const TAG = 16;

/** `picture.book` is the book to show; null where it is not known. */
export function drawLadder(context, picture) {
  const { layout, palette, book } = picture;
  const { ladder, prices } = layout;
  context.fillStyle = palette.text.axis;
  context.fillRect(ladder.x, 0, layout.width - ladder.x, layout.height);
  if (book) drawBars(context, picture);
  drawPrices(context, picture);
  if (book) drawBest(context, picture);
  if (picture.price !== null) {
    drawTag(context, picture, picture.price, palette.text.last, palette.text.lastText);
    drawLast(context, picture);
  }
  context.fillStyle = palette.text.grid;
  context.fillRect(ladder.x, 0, 1, layout.height);
  context.fillRect(prices.x, 0, 1, prices.height);
}

function drawBars(context, picture) {
  const { layout, view, palette, book } = picture;
  const box = layout.ladder;
  const height = box.height / view.rows;
  const most = Math.max(...book.sizes, 1e-12);
  const labels = [];
  for (let i = 0; i < book.prices.length; i++) {
    const y = box.y + view.down(book.prices[i]) * box.height;
    if (y < -height || y > box.height + height) continue;
    const bid = i < book.bids;
    const width = Math.max((book.sizes[i] / most) * (box.width - 6), 1);
    context.fillStyle = bid ? palette.text.bidBar : palette.text.askBar;
    context.fillRect(box.x + box.width - width, y - height / 2 + 0.5, width, Math.max(height - 1, 1));
    labels.push({ y, size: book.sizes[i], colour: bid ? palette.text.bidText : palette.text.askText });
  }
  context.font = `11px ${picture.font}`;
  context.textAlign = "right";
  for (const { y, size, colour } of apart(labels, height)) {
    context.fillStyle = colour;
    context.fillText(short(size), box.x + box.width - 4, y);
  }
}

/** Where rows are too low for a line of text each, the largest sizes are written. */
function apart(labels, height) {
  if (height >= LINE - 1) return labels;
  const kept = [];
  for (const label of labels.sort((a, b) => b.size - a.size)) {
    if (kept.every((other) => Math.abs(other.y - label.y) >= LINE)) kept.push(label);
  }
  return kept;
}

function drawPrices(context, { layout, view, palette, font }) {
  if (!Number.isFinite(view.step)) return;
  const box = layout.prices;
  const every = nice((22 / box.height) * view.rows);
  const digits = digitsOf(view.step);
  context.font = `11px ${font}`;
  context.textAlign = "left";
  context.fillStyle = palette.text.muted;
  for (let row = Math.ceil(view.bottom / every) * every; row < view.bottom + view.rows; row += every) {
    const y = box.y + view.down(row * view.step) * box.height;
    if (y > 7 && y < box.height - 7) context.fillText((row * view.step).toFixed(digits), box.x + 6, y);
  }
}

/** 1, 2, 5, 10, 20, 50 ...: the next that is not less. */
function nice(least) {
  for (let unit = 1; ; unit *= 10) {
    for (const part of [1, 2, 5]) if (part * unit >= least) return part * unit;
  }
}

/** Best bid and offer, where the last price does not stand in front of them. */
function drawBest(context, picture) {
  const { layout, view, palette, book, price } = picture;
  const place = (at) => view.down(at) * layout.prices.height;
  for (const [at, fill, text] of [
    [book.bid, palette.text.bidBar, palette.text.bidText],
    [book.ask, palette.text.askBar, palette.text.askText],
  ]) {
    if (price === null || Math.abs(place(at) - place(price)) >= TAG) drawTag(context, picture, at, fill, text);
  }
}

function drawTag(context, { layout, view, font }, price, fill, text) {
  const box = layout.prices;
  const y = box.y + view.down(price) * box.height;
  if (!(y > 0 && y < box.height)) return;
  context.fillStyle = fill;
  context.fillRect(box.x + 1, y - TAG / 2, box.width - 1, TAG);
  context.font = `600 11px ${font}`;
  context.textAlign = "left";
  context.fillStyle = text;
  context.fillText(price.toFixed(digitsOf(view.step)), box.x + 6, y);
}

function drawLast(context, { layout, view, palette, price }) {
  const y = layout.plot.y + view.down(price) * layout.plot.height;
  if (!(y > 0 && y < layout.plot.height)) return;
  context.strokeStyle = palette.text.last;
  context.lineWidth = 1;
  context.setLineDash([1, 3]);
  context.beginPath();
  context.moveTo(layout.plot.x, y);
  context.lineTo(layout.prices.x, y);
  context.stroke();
  context.setLineDash([]);
}
