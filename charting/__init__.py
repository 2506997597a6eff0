"""The chart: the files of the page, and what is drawn on it beside bars."""
