"""What papers share, whatever they say."""
