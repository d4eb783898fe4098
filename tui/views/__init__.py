"""What stands on the screens: pure functions from a scene to lines."""
