"""Pages of the codes that no rule of a probe looks for: they are seen in a client's own words, or at login."""
