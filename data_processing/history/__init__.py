"""How history is fetched: what to ask for, in pieces of what length, and what the answers mean.

`plan` says what is missing and how long it will take, `pace` learns what the gateway serves, `bar_fetch` and
`tick_fetch` ask and store, `splits` compares where new bars meet stored ones, `notes` keeps what failed.
`data_processing.historical_data` is the door.
"""
