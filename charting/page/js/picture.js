// The chart as a PNG, with what it is written on it: a picture without its name and account is worth little.

const STRIP = 28;

/** Draw `chart` with a line of text above it, as a blob. */
export function picture(chart, text, colour) {
  const shot = chart.chart.takeScreenshot();
  const scale = window.devicePixelRatio || 1;
  const canvas = document.createElement("canvas");
  canvas.width = shot.width;
  canvas.height = shot.height + STRIP * scale;
  const context = canvas.getContext("2d");
  context.fillStyle = colour("page");
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(shot, 0, STRIP * scale);
  context.fillStyle = colour("text");
  context.font = `${13 * scale}px system-ui, 'DejaVu Sans', sans-serif`;
  context.textBaseline = "middle";
  context.fillText(text, 10 * scale, (STRIP / 2) * scale);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

/** Let the browser save a blob. */
export function save(blob, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1_000);
}
