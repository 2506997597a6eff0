"""What users of this field ask for most of a connection, each need with the proof that it is met.

| need | proof |
|---|---|
| 1 streams come back by themselves | `test_streams_come_back` |
| 2 connected but dead is detected | `test_connected_but_dead` |
| 3 what was missed is filled in | `test_missed_data_is_filled` |
| 4 one order is one order; 5 true state; 6 unacknowledged orders | `test_orders_after_an_outage` |
| 7 notices are not errors; 8 failures raise | `test_notices_and_failures` |
| 9 no pacing violation | `test_pacing_is_never_violated` |
| 12 delayed data; 13 a competing session | `test_delayed_and_competing` |
| 20 no event-loop surgery | `tests/end_to_end/test_worlds.py` |
| 21 any version | `test_versions` |
| 22 why the connection failed | `test_why_not_connected` |

All of it runs against the simulated gateway and its faults, on one clock that both sides share (`stage`).
"""
