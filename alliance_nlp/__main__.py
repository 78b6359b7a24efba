"""Make `python -m alliance_nlp` the same as the command `alliance-nlp`."""

from alliance_nlp.cli import main

if __name__ == "__main__":
    main()
