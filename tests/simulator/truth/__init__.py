"""Tests of the export of what happened."""
