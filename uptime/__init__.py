"""Siaga, on standby: the daemon."""
