"""Two texts side by side: what they share, what differs, why they are one story or two (explain-pair)."""
