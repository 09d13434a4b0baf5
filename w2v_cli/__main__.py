"""Lets `python -m w2v_cli` do what `w2v` does."""

from w2v_cli.cli import main

if __name__ == "__main__":
    main()
