"""The facts inside of a tarball: what it runs, pulls in and holds, and where it is not what its document says. Pure."""
