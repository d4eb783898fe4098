"""What a screen is made of: each paints values it was given and says what was chosen."""
