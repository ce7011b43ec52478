"""Two hundred random moves, cancellations and handovers of one community's sessions: see
http/test_handover, which tries a few."""
import unittest

from tests.http import test_handover


class RoundTrip(test_handover.RoundTrip):
    TURNS = 200


if __name__ == "__main__":
    unittest.main()
