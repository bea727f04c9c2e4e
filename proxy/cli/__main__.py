"""`python -m proxy.cli`: the command by the interpreter that runs already, which is how a server starts its workers."""

from proxy.cli import main

if __name__ == "__main__":
    main()
