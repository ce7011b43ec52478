"""A proxy between a program and PostgreSQL that strikes once, exactly at the COMMIT of a
transaction that may write.

    with pgproxy.Proxy(cluster.conninfo) as proxy:
        … serve with proxy.conninfo …
        proxy.arm("after")

What happens to the next COMMIT: `before`: it never reaches the server, the connection is
cut. `after`: the server's answer to it is lost with the connection. `hold`: the answer
is kept back, the connection stays open. `late`: the client's side is cut, and COMMIT
waits here until `release(True)` sends it on or `release(False)` drops it.
"""
import os
import socket
import threading

import psycopg2.extensions

WORD, READS = b"COMMIT\0", b"READ ONLY"


class Proxy:
    def __init__(self, conninfo):
        parts = psycopg2.extensions.parse_dsn(conninfo)
        self._server = os.path.join(parts["host"], ".s.PGSQL.5432")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.conninfo = (f"host=127.0.0.1 port={self._listener.getsockname()[1]}"
                         f" user={parts['user']} dbname={parts['dbname']}"
                         " sslmode=disable gssencmode=disable")
        self._mode, self._lock = None, threading.Lock()
        self._released, self._go = threading.Event(), False
        self.struck = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.release(False)
        self._listener.close()

    def arm(self, mode):
        with self._lock:
            self.struck.clear()
            self._released.clear()
            self._mode = mode

    def release(self, go):
        self._go = go
        self._released.set()

    def _strike(self, wire, data):
        """The mode, once, when this is the COMMIT."""
        wire.only_reads = wire.only_reads or READS in data
        if WORD not in data:
            return None
        if wire.only_reads:
            wire.only_reads = False
            return None
        with self._lock:
            mode, self._mode = self._mode, None
        return mode

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._server)
            wire = _Wire(client, server)
            threading.Thread(target=self._upward, args=(wire,), daemon=True).start()
            threading.Thread(target=wire.downward, daemon=True).start()

    def _upward(self, wire):
        while data := _receive(wire.client):
            mode = self._strike(wire, data)
            if mode == "before":
                self.struck.set()
                break
            if mode in ("after", "hold"):
                wire.deaf = True
                wire.server.sendall(data)
                wire.answered.wait(60)
                self.struck.set()
                if mode == "after":
                    break
            elif mode == "late":
                _shut(wire.client)
                self.struck.set()
                self._released.wait(60)
                if self._go:
                    wire.deaf = True
                    wire.server.sendall(data)
                    wire.answered.wait(60)
                break
            else:
                wire.server.sendall(data)
        _shut(wire.client)
        _shut(wire.server)


class _Wire:
    """One connection: the client's end and the server's."""

    def __init__(self, client, server):
        self.client, self.server = client, server
        self.only_reads = False  # the transaction under way
        self.deaf = False  # the client hears nothing any more
        self.answered = threading.Event()

    def downward(self):
        while data := _receive(self.server):
            if self.deaf:
                self.answered.set()
                continue
            try:
                self.client.sendall(data)
            except OSError:
                break
        self.answered.set()
        _shut(self.client)


def _receive(end):
    try:
        return end.recv(1 << 16)
    except OSError:
        return b""


def _shut(end):
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
