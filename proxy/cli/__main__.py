"""`python -m proxy.cli`: the command where nothing is installed, and how a server starts its workers."""

from proxy.cli import main

if __name__ == "__main__":
    main()
