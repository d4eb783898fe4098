"""One file a revision; what a released one does is never changed."""
