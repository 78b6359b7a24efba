"""Refuse every connection to another machine, for good, in the interpreter that imports this."""

import sys

NETWORK = {"socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"}
HERE = {"127.0.0.1", "::1", "localhost", None}


def refuse(event, arguments):
    if event not in NETWORK:
        return
    # connect and sendto name a socket first; a local socket's address is a path, not a pair
    address = arguments[1] if event in ("socket.connect", "socket.sendto") else arguments
    if isinstance(address, tuple) and address[0] not in HERE:
        sys.stderr.write(f"REFUSED {event} {address}\n")
        raise OSError("the network is blocked")


sys.addaudithook(refuse)
