"""Proofs that take minutes: kills, storms, soaks."""
