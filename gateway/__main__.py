"""`python -m gateway`, and the command `lienthong`."""

from gateway.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
