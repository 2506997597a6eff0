// A chart that was saved: the bars and marks of its document, drawn as the live page draws them.

import { Bars, rows } from "./bars.js";
import { Chart, colour } from "./chart.js";
import { FRAMES } from "./frames.js";
import { Legend } from "./legend.js";
import { Marks } from "./marks.js";
import { Zone } from "./zones.js";

const NEWEST = 150;
const saved = JSON.parse(document.getElementById("data").textContent);
const { title, size, zone, tick, seconds } = saved.about;

const nothing = () => {};
const chart = new Chart(document.getElementById("plot"), { follow: nothing, older: nothing });
const traded = saved.bars.volume.some((each) => each !== null);
chart.begin({ zone: new Zone(zone, zone, seconds >= FRAMES["1D"]), seconds, minTick: tick, traded });

const bars = new Bars();
bars.prepend(rows(saved.bars));
chart.draw(bars);
const marks = new Marks(chart, colour);
for (const mark of saved.marks) marks.take({ data: mark });
const orders = marks.of("order").filter((each) => each.price !== null).map((each) => ({
  id: each.id, price: each.price, side: each.side.toLowerCase(), text: `${each.side} ${each.quantity}`,
}));
marks.draw(bars, orders);

const legend = new Legend(document.getElementById("legend"));
const about = { ticker: title, frame: size, precision: chart.precision, studies: { at: () => [] }, forecast: marks.forecast };
const show = (index) => legend.show(bars, index, about);
chart.chart.subscribeCrosshairMove(({ time }) => show(bars.places.get(time) ?? bars.list.length - 1));
show(bars.list.length - 1);
if (bars.list.length) chart.show(Math.min(NEWEST, bars.list.length));
document.documentElement.dataset.ready = "yes";
