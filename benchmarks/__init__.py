"""Measurements; each states the machine, the seeds and its command."""
