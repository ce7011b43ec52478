<?php
// Every session of calendars, as sabre/vobject (Nextcloud, Baïkal) finds it:
//   php expand.php FILE.ics ... -> [[[uid, start, end], ...], ...]
error_reporting(E_ALL & ~E_DEPRECATED);
set_include_path("/usr/share/php");
spl_autoload_register(function ($class) {
  require_once str_replace("\\", "/", $class) . ".php";
});
$out = [];
foreach (array_slice($argv, 1) as $path) {
  $calendar = Sabre\VObject\Reader::read(file_get_contents($path));
  // What names one session of a series that is not there, expand() leaves out.
  $masters = [];
  $alone = [];
  foreach ($calendar->select("VEVENT") as $event) {
    if (isset($event->{'RECURRENCE-ID'})) $alone[] = $event;
    else $masters[(string) $event->UID] = true;
  }
  $alone = array_filter($alone, fn ($e) => !isset($masters[(string) $e->UID]));
  $calendar->expand(new DateTime("2024-01-01"), new DateTime("2033-01-01"));
  $found = [];
  foreach (array_merge($alone, $calendar->select("VEVENT")) as $event) {
    $found[] = [(string) $event->UID, $event->DTSTART->getDateTime()->getTimestamp(),
                $event->DTEND->getDateTime()->getTimestamp()];
  }
  $out[] = $found;
}
echo json_encode($out);
