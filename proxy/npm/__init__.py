"""npm's own formats, pure: what clients ask for, packuments, rendering, integrity."""
