"""Kills, soaks and storms; run by `./run test long`."""
