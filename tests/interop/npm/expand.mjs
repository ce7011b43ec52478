// Every session of calendars, as ical.js (Thunderbird, Nextcloud) or node-ical finds it:
//   node expand.mjs ical.js|node-ical FILE.ics ... -> [[[uid, summary, start, end], ...], ...]
// Run in the folder that has node_modules. Masters are expanded, overrides put in place.
import fs from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(process.cwd() + "/");
const [party, ...paths] = process.argv.slice(2);
const LIMIT = 2000;

function byIcalJs(text) {
  const ICAL = require("ical.js").default ?? require("ical.js");
  const calendar = new ICAL.Component(ICAL.parse(text));
  ICAL.TimezoneService.reset();
  for (const zone of calendar.getAllSubcomponents("vtimezone"))
    ICAL.TimezoneService.register(zone);
  const seconds = (time) => time.toUnixTime();
  // Left to itself it relates every exception of the object to every master.
  const alone = { exceptions: [], strictExceptions: true };
  const events = calendar.getAllSubcomponents("vevent").map((c) => new ICAL.Event(c, alone));
  const masters = new Map(events.filter((e) => !e.isRecurrenceException()).map((e) => [e.uid, e]));
  const found = [];
  for (const event of events) {
    if (!event.isRecurrenceException()) continue;
    if (masters.has(event.uid)) masters.get(event.uid).relateException(event);
    else found.push([event.uid, event.summary, seconds(event.startDate), seconds(event.endDate)]);
  }
  for (const master of masters.values()) {
    if (!master.isRecurring()) {
      found.push([master.uid, master.summary, seconds(master.startDate), seconds(master.endDate)]);
      continue;
    }
    const iterator = master.iterator();
    for (let next = iterator.next(), n = 0; next && n < LIMIT; next = iterator.next(), n++) {
      const at = master.getOccurrenceDetails(next);
      found.push([master.uid, at.item.summary, seconds(at.startDate), seconds(at.endDate)]);
    }
  }
  return found;
}

// It leaves series to its caller; what it says of the first instance is looked at.
function byNodeIcal(text) {
  const ical = require("node-ical");
  return Object.values(ical.sync.parseICS(text))
    .filter((e) => e.type === "VEVENT")
    .map((e) => [e.uid, e.summary.val ?? e.summary, e.start.getTime() / 1000,
                 e.end.getTime() / 1000]);
}

const read = { "ical.js": byIcalJs, "node-ical": byNodeIcal }[party];
console.log(JSON.stringify(paths.map((path) => read(fs.readFileSync(path, "utf8")))));
