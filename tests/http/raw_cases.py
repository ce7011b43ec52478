"""Requests that no client of the service should send, octet by octet.

Each case: a name, the octets, and the statuses that the service itself may answer. In
the octets HIDDEN stands for a request that must not come true: it lies where one
reading of the case sees a body, another one a second request. LENGTH is its length.
"""
import dataclasses

POST = b"POST /v1/members HTTP/1.1\r\nHost: x\r\n"
GET = b"GET /livez HTTP/1.1\r\nHost: x\r\n"
END = b"\r\nHIDDEN"
NO_ANSWER = 0  # only the end of the connection
LAST = b"0\r\n\r\nHIDDEN"


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    data: bytes
    statuses: tuple


def _line(first):
    return first + b"\r\nHost: x\r\n" + END


# Where does the request end?
FRAMING = (
    ("both lengths", POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
     + LAST, 400),
    ("both lengths, the other way round", POST + b"Transfer-Encoding: chunked\r\n"
     b"Content-Length: 5\r\n\r\n" + LAST, 400),
    ("two lengths", POST + b"Content-Length: 5\r\nContent-Length: 90\r\n\r\n" + LAST, 400),
    ("the same length twice", POST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\n"
     b"0\r\n\r\n", 400),
    ("space before the colon of a length", POST + b"Content-Length : 90\r\n" + END, 400),
    ("tab before the colon of a coding", POST + b"Transfer-Encoding\t: chunked\r\n\r\n"
     + LAST, 400),
    ("length with a sign", POST + b"Content-Length: +90\r\n" + END, 400),
    ("length below zero", POST + b"Content-Length: -90\r\n" + END, 400),
    ("length minus zero", POST + b"Content-Length: -0\r\n" + END, 400),
    ("length of 2^64", POST + b"Content-Length: 18446744073709551616\r\n" + END,
     (400, 413)),
    ("length of 2^64 and 90", POST + b"Content-Length: 18446744073709551706\r\n" + END,
     (400, 413)),
    ("list of lengths", POST + b"Content-Length: 5, 5\r\n\r\n" + LAST, 400),
    ("length in hexadecimal", POST + b"Content-Length: 0x5\r\n\r\n" + LAST, 400),
    ("length with a point", POST + b"Content-Length: 5.0\r\n\r\n" + LAST, 400),
    ("empty length", POST + b"Content-Length:\r\n" + END, 400),
    ("length cut by NUL", POST + b"Content-Length: 5\0000\r\n\r\n" + LAST, 400),
    ("length cut by NULs", POST + b"Content-Length: 5\0\0\0000\r\nX: y\r\n\r\n" + LAST, 400),
    ("folded length", POST + b"Content-Length:\r\n 5\r\n\r\n" + LAST, 400),
    ("folded coding", POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n" + LAST, 400),
    ("name folded into a length", POST + b"Content-Len: 90\r\n gth\r\n" + END, 400),
    ("odd coding", POST + b"Transfer-Encoding: xchunked\r\n\r\n" + LAST, 400),
    ("two codings", POST + b"Transfer-Encoding: chunked, identity\r\n\r\n" + LAST, 400),
    ("coding twice", POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"
     b"\r\n" + LAST, 400),
    ("quoted coding", POST + b"Transfer-Encoding: \"chunked\"\r\n\r\n" + LAST, 400),
    ("coding behind a vertical tab", POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n"
     + LAST, 400),
    ("coding in HTTP/1.0", b"POST /v1/members HTTP/1.0\r\nHost: x\r\n"
     b"Transfer-Encoding: chunked\r\n\r\n" + LAST, 400),
    ("chunk of 2^64", POST + b"Transfer-Encoding: chunked\r\n\r\n"
     b"10000000000000000\r\nHIDDEN", (400, 413)),
    ("chunk below zero", POST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\nHIDDEN", 400),
    ("chunk that is none", POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nHIDDEN", 400),
    ("chunk longer than it says", POST + b"Transfer-Encoding: chunked\r\n\r\n"
     b"1\r\nabcdef\r\n" + LAST, 400),
    ("line feed alone before a length", POST + b"X: 1\nContent-Length: 90\r\n" + END, 400),
    ("carriage return alone before a length", POST + b"X: 1\rContent-Length: 90\r\n" + END,
     400),
)

# The body is one, but the answer is there before it was read.
UNREAD = (
    ("body of an unknown path", b"POST /v1/nope HTTP/1.1\r\nHost: x\r\n"
     b"Content-Length: LENGTH\r\n\r\nHIDDEN", 404),
    ("body of an unknown method", b"BREW /livez HTTP/1.1\r\nHost: x\r\n"
     b"Content-Length: LENGTH\r\n\r\nHIDDEN", 405),
    ("body without a token", POST + b"Content-Length: LENGTH\r\n\r\nHIDDEN", 401),
    ("body where none belongs", b"GET /livez HTTP/1.1\r\nHost: x\r\n"
     b"Content-Length: LENGTH\r\n\r\nHIDDEN", 400),
)

# What does it say?
SHAPE = (
    ("line feeds alone", GET.replace(b"\r\n", b"\n") + b"\nHIDDEN", 400),
    ("line feed alone at the end", GET + b"\nHIDDEN", 400),
    ("line feed behind the first line", b"GET /livez HTTP/1.1\nHost: x\r\n" + END, 400),
    ("NUL in a value", GET + b"X: a\0b\r\n" + END, 400),
    ("NUL in a name", GET + b"X\0Y: a\r\n" + END, 400),
    ("NUL in the address", _line(b"GET /livez\0x HTTP/1.1"), 400),
    ("NUL in the method", _line(b"GE\0T /livez HTTP/1.1"), 400),
    ("control octet in a value", GET + b"X: a\x01b\r\n" + END, 400),
    ("folded line", GET + b"X: a\r\n b\r\n" + END, 400),
    ("folded line of nothing", GET + b"X: a\r\n \r\n" + END, 400),
    ("fold before the first field", b"GET /livez HTTP/1.1\r\n Host: x\r\n" + END, 400),
    ("no colon", GET + b"nonsense\r\n" + END, 400),
    ("no name", GET + b": x\r\n" + END, 400),
    ("bad name", GET + b"X@Y: 1\r\n" + END, 400),
    ("name beyond ASCII", GET + b"X\xc3\xa9: 1\r\n" + END, 400),
    ("no host", b"GET /livez HTTP/1.1\r\n" + END, 400),
    ("two hosts", GET + b"Host: y\r\n" + END, 400),
    ("odd host", b"GET /livez HTTP/1.1\r\nHost: a b/c\r\n" + END, 400),
    ("empty host", b"GET /livez HTTP/1.1\r\nHost:\r\n" + END, 400),
    ("encoded slash", _line(b"GET /v1%2Fme HTTP/1.1"), 400),
    ("encoded NUL", _line(b"GET /livez%00x HTTP/1.1"), 400),
    ("encoded NUL in the query", _line(b"GET /livez?a=%00 HTTP/1.1"), 400),
    ("bad percent", _line(b"GET /%zz HTTP/1.1"), 400),
    ("cut percent", _line(b"GET /livez%4 HTTP/1.1"), 400),
    ("dots", _line(b"GET /v1/../livez HTTP/1.1"), 400),
    ("encoded dots", _line(b"GET /v1/%2e%2E/livez HTTP/1.1"), 400),
    ("dots and an encoded slash", _line(b"GET /v1/..%2flivez HTTP/1.1"), 400),
    ("overlong dots", _line(b"GET /v1/%c0%ae%c0%ae/livez HTTP/1.1"), 400),
    ("control octet in the address", _line(b"GET /live\x01z HTTP/1.1"), 400),
    ("high octet in the address", _line(b"GET /live\xffz HTTP/1.1"), 400),
    ("fragment", _line(b"GET /livez#x HTTP/1.1"), 400),
    ("space in the address", _line(b"GET /livez x HTTP/1.1"), (400, NO_ANSWER)),
    ("two spaces", _line(b"GET  /livez HTTP/1.1"), 400),
    ("tab for a space", _line(b"GET\t/livez HTTP/1.1"), 400),
    ("absolute form", _line(b"GET http://x/livez HTTP/1.1"), 400),
    ("authority form", _line(b"CONNECT x:443 HTTP/1.1"), 400),
    ("asterisk", _line(b"OPTIONS * HTTP/1.1"), 400),
    ("no slash", _line(b"GET livez HTTP/1.1"), 400),
    ("no address", _line(b"GET HTTP/1.1"), 400),
    ("version 1.2", _line(b"GET /livez HTTP/1.2"), 400),
    ("version 2.0", _line(b"GET /livez HTTP/2.0"), 505),
    ("version in lower case", _line(b"GET /livez http/1.1"), 400),
    ("version of nothing", _line(b"GET /livez HTTP/"), (400, 505)),
    ("HTTP/0.9", b"GET /livez\r\n" + END, (400, 505)),
    ("preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + END, (400, 505)),
    ("method with a bracket", _line(b"GE(T /livez HTTP/1.1"), 400),
    ("method in lower case", _line(b"get /livez HTTP/1.1"), 405),
    ("unknown method", _line(b"BREW /livez HTTP/1.1"), 405),
    ("TRACE", _line(b"TRACE /livez HTTP/1.1"), 405),
    ("address of 20 kB", _line(b"GET /" + b"a" * 20000 + b" HTTP/1.1"), 414),
    ("address of 40 kB", _line(b"GET /" + b"a" * 40000 + b" HTTP/1.1"), 414),
    ("field of 20 kB", GET + b"X: " + b"a" * 20000 + b"\r\n" + END, 431),
    ("field of 40 kB", GET + b"X: " + b"a" * 40000 + b"\r\n" + END, 431),
    ("120 fields", GET + b"X: 1\r\n" * 120 + END, 431),
    ("1,000 fields", GET + b"X: 1\r\n" * 1000 + END, 431),
    ("two tokens", GET + b"Authorization: a\r\nAuthorization: b\r\n" + END, 400),
    ("body beyond the cap", POST + b"Content-Length: 99999999\r\n" + END, 413),
    ("body beyond the cap, expected", POST + b"Expect: 100-continue\r\n"
     b"Content-Length: 99999999\r\n" + END, 413),
    ("not HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + END, (400, NO_ANSWER)),
)

CASES = tuple(
    Case(name, data, statuses if isinstance(statuses, tuple) else (statuses,))
    for name, data, statuses in FRAMING + UNREAD + SHAPE)
