"""Without any one of its checks in C the service lets nobody in: the second wall holds.

The program is built with each check removable (tests/lib/mutants.py) and the refusals
of the matrix of access are tried with one check gone at a time: no row of others is
shown, none is changed. The control arm tears the second wall down instead: then the
same mutants do let somebody in, or the first arm would have shown nothing."""
import os
import unittest

from tests.lib import access_world, cairn, matrix, mutants

# Behind these stands another check in C, so that alone they let nobody in.
TWICE = {
    "api/service_meetings.c:lock:auth_viewer",  # service_meetings_get: the answer
    "api/service_busy_times.c:service_busy_times_put:auth_own_or_staff",  # ..._get: the answer
    "api/service_busy_subscription.c:service_busy_subscription_put:auth_own_or_staff",
    "api/h_members.c:patch:auth_own_or_staff",            # service_members.c:get
    "api/h_members.c:h_members_set_hours:auth_own_or_staff",
    "api/service_pairings.c:service_pairings_end:auth_is_member",   # the answer's viewer
    "api/service_pairings.c:service_pairings_end:auth_is_member'",
    "api/service_proposals.c:check_step:auth_is_member",            # the same
    "api/service_proposals.c:check_step:auth_is_member'",
    "api/service_proposals.c:check_step:plain",       # lock, unlock: the route's roles
    "api/service_proposals.c:check_step:plain'",      # not offered yet: the viewer again
    "api/service_proposals.c:confirm:auth_is_staff",  # asks whether to note a yes
    "api/service_programs.c:service_programs_ask:auth_is_member",   # asks for oneself then
}


class Mutants(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.build = mutants.Build()
        cls.addClassCleanup(cls.build.close)
        cls.addClassCleanup(os.environ.update, CAIRN_BUILD=os.environ["CAIRN_BUILD"])
        os.environ["CAIRN_BUILD"] = cls.build.program_dir
        cls.addClassCleanup(os.environ.pop, "CAIRN_MUTANT", None)

    def setUp(self):
        os.environ.pop("CAIRN_MUTANT", None)
        self.service = cairn.Service("--no-worker", community="here")
        self.addCleanup(self.service.close)
        self.world = access_world.World(self.service)
        self.addCleanup(self.world.close)

    def intrusions(self, mutant, stop):
        self.service.stop()
        os.environ["CAIRN_MUTANT"] = mutant.name
        self.service.start()
        tries = matrix.Matrix(self.world, strict=False)
        try:
            n, found = tries.intrusions(mutant.operations(), stop)
        finally:
            tries.close()
        self.assertGreater(n, 0, mutant.name)
        return found

    def test_one_check_gone(self):
        self.assertGreater(len(self.build.mutants), 40)
        for mutant in self.build.mutants:
            with self.subTest(mutant.name):
                self.assertEqual(self.intrusions(mutant, False), [])

    def test_control_without_the_second_wall(self):
        for table in self.world.tables:
            self.world.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        self.world.execute("CREATE OR REPLACE FUNCTION walled_in() RETURNS boolean"
                           " LANGUAGE sql STABLE RETURN false")
        harmless = {m.name for m in self.build.mutants if not self.intrusions(m, True)}
        self.assertEqual(harmless, TWICE)
        self.world.reset()
        self.assertEqual(self.intrusions(mutants.Mutant("none"), True), [],
                         "with every check in its place nobody gets in")


if __name__ == "__main__":
    unittest.main()
