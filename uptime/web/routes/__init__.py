"""One module a subject; every route declares its scope."""
