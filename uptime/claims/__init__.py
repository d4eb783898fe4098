"""Refund claims as papers: gathered off the record, put into words, written in four forms."""
