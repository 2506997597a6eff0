// How often the bars came to lie where they were expected.

/** "50 %: 11/24, 90 %: 21/24" of all steps of forecasts whose bars are settled; empty without any. */
export function coverage(forecasts, bars) {
  const hits = { 50: 0, 90: 0 };
  let count = 0;
  for (const step of forecasts.flatMap((each) => each.steps)) {
    const bar = bars.get(step.time);
    if (!bar?.final || step.low_50 == null || step.low_90 == null) continue;
    count += 1;
    for (const range of [50, 90])
      if (bar.close >= step[`low_${range}`] && bar.close <= step[`high_${range}`]) hits[range] += 1;
  }
  return count ? `hit 50 %: ${hits[50]}/${count}, 90 %: ${hits[90]}/${count}` : "";
}
