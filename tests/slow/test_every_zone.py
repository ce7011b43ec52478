"""Weekly hours on the real dates of two years in every zone of the system: see
cli/test_availability, which tries a sample."""
import unittest

from tests.cli import test_availability


class EveryZone(test_availability.Availability):
    def names(self, rng):
        return test_availability.zones()


if __name__ == "__main__":
    unittest.main()
