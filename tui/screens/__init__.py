"""The screens: which keys do what, and who is asked for what they show."""
