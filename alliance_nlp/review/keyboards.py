"""Make keyboards: where the answers of a review come from, a terminal or a script."""

import sys
from typing import Protocol, TextIO

from rich.cells import cell_len

_ESCAPE = "\x1b"
_RUB_OUT = ("\x7f", "\b")


class Keyboard(Protocol):
    """Where answers come from; `key` and `line` raise `EOFError` when nothing more will come."""

    def key(self) -> str:
        """Return one key, or the word that stands for it."""

    def line(self) -> str:
        """Return what is typed before Enter; nothing if the coder wants to go back."""

    def forget(self) -> None:
        """Drop what was typed while nothing was asked."""


class SingleKeys:
    """A keyboard on a terminal: an answer needs no Enter, and Esc leaves a line."""

    def key(self) -> str:
        """Return the next key that is pressed."""
        from typer import getchar

        return getchar()

    def line(self) -> str:
        """Return the next line that is typed, `''` after Esc."""
        from typer import echo

        typed = ""
        while True:
            keys = self.key()  # several at once if they are pasted; '\x1b[A' is an arrow
            if keys == _ESCAPE:
                echo()
                return ""
            for key in "" if keys.startswith(_ESCAPE) else keys:
                if key in "\r\n":
                    echo()
                    return typed.strip()
                if key in _RUB_OUT and typed:
                    echo("\b \b" * cell_len(typed[-1]), nl=False)
                    typed = typed[:-1]
                elif key.isprintable():
                    echo(key, nl=False)
                    typed += key

    def forget(self) -> None:
        """Drop the keys that were pressed and not read."""
        if sys.platform == "win32":
            from msvcrt import getwch, kbhit

            while kbhit():
                getwch()
        else:
            from termios import TCIFLUSH, tcflush

            tcflush(sys.stdin, TCIFLUSH)


class Lines:
    r"""A script or a pipe: each line is one answer.

    >>> import io
    >>> keyboard = Lines(io.StringIO("yes\ntrust\n"))
    >>> keyboard.key(), keyboard.line()
    ('yes', 'trust')
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def key(self) -> str:
        """Return the next line."""
        return self.line()

    def line(self) -> str:
        """Return the next line."""
        line = self._stream.readline()
        if not line:
            raise EOFError
        return line.strip()

    def forget(self) -> None:
        """Drop nothing: a script was written beforehand."""
