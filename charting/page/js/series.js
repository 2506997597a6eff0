// A series of the library in two: the bars that stand still, and the newest, which change many times a second. All of
// a series is made anew whenever one of its points changes, so that those which change are in a short one.

const KEPT = 2;
const MOST = 30;

export class Series {
  /** @param make gives a series of the library; both parts are alike @param point a bar as such a series takes it */
  constructor(make, point) {
    this.point = point;
    this.settled = make();
    this.running = make();
    this.set([]);
  }

  /** These bars, in order of time, and no others. */
  set(bars) {
    // Prices have a place on screen once the first part has a bar.
    const at = Math.max(1, bars.length - KEPT);
    this.tail = bars.slice(at);
    this.last = bars.slice(0, at).at(-1)?.time;
    this.settled.setData(bars.slice(0, at).map(this.point));
    this.running.setData(this.tail.map(this.point));
  }

  /** A bar in the place of that of the same time, or after all others. */
  update(bar) {
    if (this.last === undefined) this.set([bar]);
    else if (bar.time <= this.last) this.settled.update(this.point(bar), bar.time < this.last);
    else this.#run(bar);
  }

  #run(bar) {
    const place = this.tail.findIndex((each) => each.time === bar.time);
    const late = place >= 0 && place < this.tail.length - 1;
    if (place >= 0) this.tail[place] = bar;
    else this.tail.push(bar);
    this.running.update(this.point(bar), late);
    if (this.tail.length <= MOST) return;
    for (const each of this.tail.splice(0, this.tail.length - KEPT)) {
      this.settled.update(this.point(each));
      this.last = each.time;
    }
    this.running.setData(this.tail.map(this.point));
  }

  /** The bar at an index of the time scale; `search` as of the library's `dataByIndex`. */
  at(index, search = 0) {
    return this.running.dataByIndex(index, search) ?? this.settled.dataByIndex(index, search);
  }

  applyOptions(options) {
    this.settled.applyOptions(options);
    this.running.applyOptions(options);
  }

  /** Draw a primitive upon it, which gets it as `bars`. */
  attach(primitive) {
    primitive.bars = this;
    this.settled.attachPrimitive(primitive);
  }
}
