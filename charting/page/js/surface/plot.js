// What lies over the heat map: best prices, trades, what is said of a loss, the cursor.

const TURN = 2 * Math.PI;
/** So many dots are drawn: where there are more, the largest. */
const MOST_DOTS = 400;

/** The lines of best bid and offer, broken where they are not known. */
export function drawBest(context, { columns, view, box, first, last, palette }) {
  for (const [side, colour] of [["bid", palette.text.bidLine], ["ask", palette.text.askLine]]) {
    const width = box.width / (last - first + 1);
    context.beginPath();
    let drawing = false;
    for (let n = first; n <= last; n++) {
      const price = columns.at(n)?.[side];
      if (!Number.isFinite(price)) {
        drawing = false;
        continue;
      }
      const x = box.x + (n - first) * width;
      const y = box.y + view.down(price) * box.height;
      if (drawing) context.lineTo(x, y);
      else context.moveTo(x, y);
      context.lineTo(x + width, y);
      drawing = true;
    }
    context.strokeStyle = colour;
    context.lineWidth = 1.25;
    context.stroke();
  }
}

/** A dot for what was traded at a price by a side; its area is the size. The large lie below the small. */
export function drawDots(context, { columns, view, scale, box, first, last, palette }) {
  const width = box.width / (last - first + 1);
  const found = [];
  for (let n = first; n <= last; n++) {
    for (const { price, size, side } of columns.at(n)?.dots ?? []) {
      const y = box.y + view.down(price) * box.height;
      found.push({ x: box.x + (n - first + 0.5) * width, y, radius: scale.radius(size), side });
    }
  }
  const shown = found.sort((a, b) => b.radius - a.radius).slice(0, MOST_DOTS);
  const { buy, sell, unsided, outline } = palette.text;
  for (const [side, colour] of [["", unsided], ["sell", sell], ["buy", buy]]) {
    drawCircles(context, shown.filter((each) => each.side === side), colour, outline);
  }
}

function drawCircles(context, circles, fill, stroke) {
  context.fillStyle = fill;
  context.strokeStyle = stroke;
  context.lineWidth = 1;
  for (const { x, y, radius } of circles) {
    context.beginPath();
    context.arc(x, y, radius, 0, TURN);
    context.globalAlpha = 0.82;
    context.fill();
    context.globalAlpha = 1;
    context.stroke();
  }
}

/** Each stretch that was lost and is wide enough says so. */
export function drawLosses(context, { columns, box, first, last, palette, font }) {
  const width = box.width / (last - first + 1);
  let start = null;
  for (let n = first; n <= last + 1; n++) {
    const lost = n <= last && columns.at(n)?.lost;
    if (lost && start === null) start = n;
    if (lost || start === null) continue;
    const middle = box.x + ((start + n) / 2 - first) * width;
    if ((n - start) * width > 80) write(context, "depth lost", middle, box.y + box.height / 2, palette, font);
    start = null;
  }
}

function write(context, text, x, y, palette, font) {
  context.font = `600 12px ${font}`;
  context.textAlign = "center";
  context.fillStyle = palette.text.background;
  const width = context.measureText(text).width + 14;
  context.globalAlpha = 0.75;
  context.fillRect(x - width / 2, y - 11, width, 22);
  context.globalAlpha = 1;
  context.fillStyle = palette.text.lostText;
  context.fillText(text, x, y);
}

/** A frame around the cell that is pointed at. */
export function drawCursor(context, { view, box, first, last, palette }, cursor) {
  const width = box.width / (last - first + 1);
  const x = box.x + (cursor.number - first) * width;
  const height = box.height / view.rows;
  const y = box.y + view.down((cursor.row + 0.5) * view.step) * box.height;
  context.strokeStyle = palette.text.cursor;
  context.lineWidth = 1;
  context.setLineDash([3, 3]);
  context.beginPath();
  context.moveTo(box.x, y + height / 2);
  context.lineTo(box.x + box.width, y + height / 2);
  context.moveTo(x + width / 2, box.y);
  context.lineTo(x + width / 2, box.y + box.height);
  context.stroke();
  context.setLineDash([]);
  context.strokeRect(x - 1, y - 0.5, Math.max(width, 3) + 2, height + 1);
}
