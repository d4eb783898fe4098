"""The monthly report: gathered off the record, kept when its month is closed, written in forms."""
