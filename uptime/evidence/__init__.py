"""The evidence of one incident: gathered from the record, written as a bundle, verified again."""
