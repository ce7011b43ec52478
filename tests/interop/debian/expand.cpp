// Every session of calendars, as KDE's KCalendarCore (KOrganizer, Kalendar) finds it:
//   expand FILE.ics ... -> [[[uid, start, end], ...], ...]
#include <KCalendarCore/ICalFormat>
#include <KCalendarCore/MemoryCalendar>
#include <KCalendarCore/OccurrenceIterator>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <cstdio>

int main(int argc, char **argv)
{
  QJsonArray out;
  for (int i = 1; i < argc; i++) {
    QFile file(QString::fromLocal8Bit(argv[i]));
    if (!file.open(QIODevice::ReadOnly))
      return 1;
    KCalendarCore::MemoryCalendar::Ptr calendar(
        new KCalendarCore::MemoryCalendar(QTimeZone::utc()));
    KCalendarCore::ICalFormat format;
    if (!format.fromRawString(calendar, file.readAll()))
      return 2;
    QJsonArray found;
    KCalendarCore::OccurrenceIterator at(*calendar, QDateTime(QDate(2024, 1, 1), QTime(0, 0)),
                                         QDateTime(QDate(2033, 1, 1), QTime(0, 0)));
    while (at.hasNext()) {
      at.next();
      const auto event = at.incidence().staticCast<KCalendarCore::Event>();
      const qint64 start = at.occurrenceStartDate().toSecsSinceEpoch();
      const qint64 length = event->dtStart().secsTo(event->dtEnd());
      found.append(QJsonArray{event->uid(), start, start + length});
    }
    // What names one session of a series that is not there, the iterator leaves out.
    for (const auto &event : calendar->rawEvents())
      if (event->hasRecurrenceId() && !calendar->event(event->uid()))
        found.append(QJsonArray{event->uid(), event->dtStart().toSecsSinceEpoch(),
                                event->dtEnd().toSecsSinceEpoch()});
    out.append(found);
  }
  std::puts(QJsonDocument(out).toJson(QJsonDocument::Compact).constData());
  return 0;
}
