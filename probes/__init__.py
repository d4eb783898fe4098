"""How to measure: one file per probe type."""
