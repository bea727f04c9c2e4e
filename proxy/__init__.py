"""Everything that touches bytes: npm's formats, the upstream, the cache, the ledger, HTTP and the command line."""
