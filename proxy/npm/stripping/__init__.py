"""Taking install scripts out: of an archive, and of what a packument says of it."""
