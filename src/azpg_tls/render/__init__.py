"""A judgement turned into text. A renderer returns a string; it never prints."""
