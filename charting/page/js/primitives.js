// What is drawn behind the candles and beyond them: hours in which the market is closed, forecasts.

/** What all have in common: where they are attached, `bars` to look at, and a way to be drawn again. */
export class Primitive {
  constructor(order) {
    const view = { renderer: () => ({ draw: (target) => this.#draw(target) }), zOrder: () => order };
    this.views = [view];
  }

  attached({ chart, series, requestUpdate }) {
    Object.assign(this, { chart, series, requestUpdate });
  }

  paneViews() {
    return this.views;
  }

  update() {
    this.requestUpdate?.();
  }

  /** Where a time is, also one that no bar has yet. */
  x(time) {
    const scale = this.chart.timeScale();
    const index = this.index(time);
    return index === null ? null : scale.logicalToCoordinate(index);
  }

  index(time) {
    const scale = this.chart.timeScale();
    const at = scale.timeToIndex(time, true);
    if (at === null) return null;
    const known = this.bars.at(at, -1);
    return known && time > known.time ? at + (time - known.time) / this.seconds : at;
  }

  y(price) {
    return this.series.priceToCoordinate(price);
  }

  #draw(target) {
    if (this.chart) target.useMediaCoordinateSpace(({ context, mediaSize }) => this.draw(context, mediaSize));
  }
}

/** Everything outside of regular hours is shaded; `sessions` are [start, end) in seconds. */
export class Shading extends Primitive {
  constructor() {
    super("bottom");
    this.sessions = [];
    this.on = true;
  }

  restyle(colour) {
    this.fill = colour("closed");
  }

  draw(context, { width, height }) {
    const range = this.on && this.sessions.length ? this.chart.timeScale().getVisibleRange() : null;
    if (!range) return;
    context.fillStyle = this.fill;
    const half = this.chart.timeScale().options().barSpacing / 2;
    let from = 0;
    for (const [start, end] of this.sessions) {
      if (end < range.from || start > range.to) {
        if (start > range.to) break;
        continue;
      }
      const x = start <= range.from ? 0 : (this.edge(start) ?? 0) - half;
      if (x > from) context.fillRect(from, 0, x - from, height);
      from = end > range.to ? width : Math.max(0, (this.edge(end) ?? width) - half);
    }
    if (from < width) context.fillRect(from, 0, width - from, height);
  }

  /** The first bar at or after a time. */
  edge(time) {
    const scale = this.chart.timeScale();
    const index = scale.timeToIndex(time, true);
    if (index === null) return null;
    const known = this.bars.at(index);
    return scale.logicalToCoordinate(known && known.time < time ? index + 1 : index);
  }
}

/** Forecasts: the newest as a cone with its median dashed, older ones as a thin line each. */
export class Cone extends Primitive {
  constructor() {
    super("normal");
    this.forecasts = [];
    this.on = true;
    this.seconds = 60;
  }

  restyle(colour) {
    this.line = colour("warm");
    this.half = colour("cone-50");
    this.most = colour("cone-90");
  }

  draw(context) {
    if (!this.on) return;
    this.forecasts.forEach((each, n) => this.#forecast(context, each, n === this.forecasts.length - 1));
  }

  #forecast(context, { time, steps, price }, newest) {
    const from = { x: this.x(time), low: this.y(price), high: this.y(price) };
    if (from.x === null || from.low === null) return;
    if (newest) {
      this.#band(context, from, steps, "low_90", "high_90", this.most);
      this.#band(context, from, steps, "low_50", "high_50", this.half);
    }
    context.beginPath();
    context.moveTo(from.x, from.low);
    for (const step of steps) context.lineTo(this.x(step.time), this.y(step.median));
    context.setLineDash(newest ? [5, 4] : [2, 3]);
    context.globalAlpha = newest ? 1 : 0.35;
    context.lineWidth = newest ? 2 : 1;
    context.strokeStyle = this.line;
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 1;
  }

  #band(context, from, steps, low, high, fill) {
    const known = steps.filter((each) => each[low] != null && each[high] != null);
    if (!known.length) return;
    context.beginPath();
    context.moveTo(from.x, from.high);
    for (const each of known) context.lineTo(this.x(each.time), this.y(each[high]));
    for (const each of [...known].reverse()) context.lineTo(this.x(each.time), this.y(each[low]));
    context.closePath();
    context.fillStyle = fill;
    context.fill();
  }
}
