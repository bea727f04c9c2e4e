"""npm's tarballs: reading them so that they mean one thing, and writing them anew."""
