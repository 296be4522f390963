"""Alarms of a source: what can go wrong between a log and its readers, told to a topic."""
