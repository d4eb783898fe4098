"""Everything over HTTP: API, metrics, status page, and who may do what."""
