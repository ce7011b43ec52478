"""The JSON gate: its verdict is that of Python's json made strict, with our limits, over
the corpus of the fuzz target, a table of the known lies and mutations of both.

The seed of the mutations is printed; CAIRN_SEED repeats a run, CAIRN_CASES lengthens it.
"""
import glob
import http.client
import json
import os
import random
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import cairn  # noqa: E402

MAX_DEPTH, MAX_NODES, MAX_INTEGER = 16, 50000, 2**53 - 1
NUMBER_LENGTH, EXPONENT = 32, 99
# The text is judged before anything it says is.
JSON_SLUG = "/problems/malformed-json"


class Refused(Exception):
    """What the strict reading does not accept."""


def _refuse(*_):
    raise Refused


def _integer(text):
    if abs(int(text)) > MAX_INTEGER:
        raise Refused
    return 0


def _real(text):
    mantissa, _, exponent = text.lower().partition("e")
    if len(text) > NUMBER_LENGTH or abs(int(exponent or 0)) > EXPONENT:
        raise Refused
    return float(mantissa)


def _pairs(pairs):
    if len({key for key, _ in pairs}) != len(pairs):
        raise Refused
    return dict(pairs)


def _walk(value, depth):
    """The number of values; NUL, lone surrogates and depth are looked for."""
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= c <= "\udfff" for c in value):
            raise Refused
    if not isinstance(value, (dict, list)):
        return 1
    if depth == MAX_DEPTH:
        raise Refused
    if isinstance(value, dict):
        for key in value:
            _walk(key, depth)
        value = value.values()
    return 1 + sum(_walk(one, depth + 1) for one in value)


def accepts(data):
    try:
        value = json.loads(data.decode("utf-8"), parse_constant=_refuse, parse_int=_integer,
                           parse_float=_real, object_pairs_hook=_pairs)
        return isinstance(value, dict) and _walk(value, 0) <= MAX_NODES
    except (Refused, ValueError, RecursionError):
        return False


def nested(depth):
    return b'{"a":' * depth + b"1" + b"}" * depth


def values(count):
    """An object with so many values, itself among them."""
    return b'{"a":[' + b",".join([b"1"] * (count - 2)) + b"]}"


def of(value):
    return b'{"a":' + value + b"}"


TABLE = {
    True: [
        nested(15), nested(16), values(MAX_NODES - 1), values(MAX_NODES),
        of(b"9007199254740991"), of(b"-9007199254740991"), of(b"-0"), of(b"1e99"),
        of(b"1E-99"), of(b"0.1e+0099"), of(b"1" * 16), of(b"1." + b"1" * 30),
        of(b'"\\ud83d\\ude00"'), of("\U0010ffff".encode().join([b'"', b'"'])),
        of(b'"\\u0001\\u001f"'), of(b'"\x7f"'), b'{"a":1,"A":1}', b'{"":1}',
        b'{"a":{"a":1}}', b" \t\r\n{ } \n",
    ],
    False: [
        nested(17), of(b"[" * 5000), values(MAX_NODES + 1), b"", b" ", b"[]", b"1",
        b'"a"', b"null", b"\xef\xbb\xbf{}", b"\xff\xfe{\0}\0", b"{}{}", b"{} x", b"{}\0",
        of(b"9007199254740992"), of(b"-9007199254740992"), of(b"18446744073709551616"),
        of(b"-9223372036854775809"), of(b"1e400"), of(b"-1e400"), of(b"1e100"),
        of(b"1." + b"1" * 31), of(b"1."), of(b".5"), of(b"01"), of(b"-01"), of(b"+1"),
        of(b"1e"), of(b"0x1"), of(b"1_0"), of(b"NaN"), of(b"nan"), of(b"Infinity"),
        of(b"-Infinity"), of(b"TRUE"), of(b"True"), of(b"nul"), of(b"nulll"),
        of(b"undefined"), of("\u0661".encode()), of(b"'x'"), b"{'a':1}", b"{a:1}",
        b'{"a":1,}', b'{"a":[1,]}', b'{,"a":1}', b'{"a":1 "b":2}', b'{"a"1}', b'{"a"}',
        b'{/**/"a":1}', b'{"a":1}//', b'{"a":1,"a":2}', b'{"a":1,"\\u0061":2}',
        b'{"\\/":1,"/":2}', b'{"\\ud83d\\ude00":1,"\xf0\x9f\x98\x80":2}',
        of(b'"\\u0000"'), of(b'"\0"'), b'{"a\\u0000b":1}', of(b'"\\ud800"'),
        of(b'"\\udc00"'), of(b'"\\ude00\\ud83d"'), of(b'"\\ud800\\u0041"'),
        of(b'"\\ud800x"'), b'{"\\ud800":1}', of(b'"\xed\xa0\x80"'), of(b'"\xc0\x80"'),
        of(b'"\xe0\x80\xaf"'), of(b'"\xf4\x90\x80\x80"'), of(b'"\xff"'), of(b'"\xc3"'),
        of(b'"\n"'), of(b'"\t"'), of(b'"\x1f"'), of(b'"\\x41"'), of(b'"\\u12"'),
        of(b'"\\u 123"'), of(b'"\\U00e9"'), of(b'"\\'), of(b'"x'), b"{", b'{"a":',
        b"{\xa0}", b"{\x0b}", b"{\x0c}", "{\u2028}".encode(), b'{"a":1\x00}',
    ],
}


class Gate(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service()
        cls.addClassCleanup(cls.service.close)
        cls.token = cls.service.client(role="admin").token
        cls.connection = http.client.HTTPConnection(cls.service.base[7:], timeout=60)
        cls.addClassCleanup(cls.connection.close)

    def gate(self, data):
        """Whether the gate lets the body in. Nothing is made of it: there is no key."""
        self.connection.request("POST", "/v1/programs", data, {
            "Authorization": "Bearer " + self.token, "Content-Type": "application/json"})
        reply = self.connection.getresponse()
        problem = json.loads(reply.read())
        self.assertEqual(reply.status, 400)
        return problem["type"] != JSON_SLUG

    def same(self, data):
        self.assertEqual(self.gate(data), accepts(data), data[:200])

    def test_table(self):
        for verdict, rows in TABLE.items():
            for data in rows:
                with self.subTest(data[:80]):
                    self.assertEqual(accepts(data), verdict)
                    self.assertEqual(self.gate(data), verdict)

    def seeds(self):
        paths = sorted(glob.glob(os.path.join(cairn.ROOT, "tests/fuzz/corpus/jscan/*")))
        self.assertGreater(len(paths), 30)
        for path in paths:
            with open(path, "rb") as file:
                yield file.read()

    def test_corpus(self):
        for data in self.seeds():
            with self.subTest(data[:80]):
                self.same(data)

    def test_mutations(self):
        seed = int(os.environ.get("CAIRN_SEED", random.randrange(2**32)))
        dice, pieces = random.Random(seed), [
            b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\\u", b"\\ud83d", b"\\ude00",
            b"\\u0000", b"0", b"-", b"1e", b"e99", b".", b"9007199254740991", b"true",
            b"null", b"\n", b" ", b"\0", b"\x1f", b"\xc3\xa9", b"\xed\xa0\x80", b"\xff",
            b'"a":1', b'"\\u0061":', b"NaN"]
        pool = [d for d in (*self.seeds(), *TABLE[True], *TABLE[False]) if len(d) < 2000]
        print(f"CAIRN_SEED={seed}", end=" ", flush=True)
        accepted = 0
        for _ in range(int(os.environ.get("CAIRN_CASES", 4000))):
            data = bytearray(dice.choice(pool))
            for _ in range(dice.randint(1, 3)):
                at = dice.randint(0, len(data))
                data[at:at + dice.choice((0, 0, 1, 2))] = dice.choice(
                    (b"", dice.choice(pieces), bytes([dice.randrange(256)])))
            verdict = accepts(bytes(data))
            accepted += verdict
            self.assertEqual(self.gate(bytes(data)), verdict, (seed, bytes(data)))
        self.assertGreater(accepted, 0)


if __name__ == "__main__":
    unittest.main()
