"""The dossier of one incident for the national computer security agency."""
