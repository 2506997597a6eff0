// The axis of times below the heat map.

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600].map((seconds) => 1000 * seconds);
const APART = 84;

/** `picture.formatTime` turns milliseconds since 1970 into the text of a label. */
export function drawTimes(context, picture) {
  const { layout, columns, palette, first, last, font, formatTime } = picture;
  const box = layout.times;
  context.fillStyle = palette.text.axis;
  context.fillRect(box.x, box.y, layout.width, box.height);
  const width = box.width / (last - first + 1);
  const step = STEPS.find((each) => (each / columns.span) * width >= APART) ?? STEPS.at(-1);
  context.font = `11px ${font}`;
  context.textAlign = "center";
  context.fillStyle = palette.text.muted;
  for (let time = Math.ceil((first * columns.span) / step) * step; time <= last * columns.span; time += step) {
    const x = box.x + (time / columns.span - first) * width;
    if (x > 28 && x < box.width - 28) context.fillText(formatTime(time), x, box.y + box.height / 2);
  }
  context.fillStyle = palette.text.grid;
  context.fillRect(box.x, box.y, layout.width, 1);
}
