"""The program that plain GLPK gets: who could be with whom when, worked out by zoneinfo.

usage: python3 -m tests.bench.scheduler.problem MEMBERS.csv INTAKE.json FITS > PROBLEM
One session a week, nobody both newcomer and guide, no avoid lists: what the bench makes.
"""
import sys

from tests.lib import cohort_checker
from tests.lib.cohort_checker import PLACED, WEEK_QUARTERS


def open_slots(intake):
    """Weekly quarter hour -> its dated sessions, where all of them exist."""
    starts = {q: intake.starts(q // 96, q % 96 * 15) for q in range(WEEK_QUARTERS)}
    return {q: s for q, s in starts.items() if s}


def slots_of(member, slots, intake, allowed):
    length, out = intake.session_minutes, set()
    for q, starts in slots.items():
        missed = 0
        for start in starts:
            missed += not member.is_free(start, length)
            if missed > allowed:
                break
        else:
            out.add(q)
    return out


def write(members, intake, fits, out):
    newcomers = [m for m in members.values() if m.is_newcomer]
    guides = [m for m in members.values() if m.capacity > 0]
    slots = open_slots(intake)
    comes = {m.id: slots_of(m, slots, intake, intake.allowed_misses) for m in newcomers}
    size = intake.cohort_size
    print(len(newcomers), len(guides), size["min"], size["max"], intake.cohorts_per_guide,
          intake.session_minutes // 15, file=out)
    for g, guide in enumerate(guides):
        for language in sorted(guide.languages):
            if guide.languages[language] < intake.level:
                continue
            speak = [(i, m) for i, m in enumerate(newcomers)
                     if m.languages.get(language, 0) >= intake.level]
            for q in sorted(slots_of(guide, slots, intake, 0)):
                can = [(i, PLACED + fits[guide.id, m.id]) for i, m in speak if q in comes[m.id]]
                if len(can) >= size["min"]:
                    print(g, q, len(can), *(x for pair in can for x in pair), file=out)


def main():
    members, intake, fits = sys.argv[1:4]
    write(cohort_checker.read_members(members), cohort_checker.Intake.read(intake),
          cohort_checker.read_fits(fits), sys.stdout)


if __name__ == "__main__":
    main()
