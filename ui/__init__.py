"""Another name for the chart: `ui.chart`."""
