"""The keys of every table: one row each, from which both the reader and the manual are made."""

from __future__ import annotations

from uptime.config import readers, values
from uptime.config.keys import REQUIRED, Key, Table
from uptime.config.values import DAY
from uptime.core.causes import Cause
from uptime.core.model import Severity

SIAGA = Table(
    {
        "organisation": Key(
            values.text(120), "Siaga", "text", "who speaks, in messages and on pages"
        ),
        "timezone": Key(
            readers.zone, "Asia/Jakarta", "text", "zone of days, months and shown times"
        ),
        "language": Key(
            values.choice(("id", "en")), "id", "`id` or `en`", "language of messages and pages"
        ),
        "database": Key(
            values.text(1000),
            "sqlite:///siaga.db",
            "URL",
            "where the record is kept; relative to this file",
        ),
        "listen": Key(
            readers.endpoint,
            "127.0.0.1:7424",
            "host:port",
            "everything of the API; other than over loopback it needs tokens",
        ),
        "public_listen": Key(
            readers.endpoint, None, "host:port", "the public routes and nothing else"
        ),
        "socket": Key(
            values.text(1000),
            None,
            "path",
            "the Unix socket of the commands",
            "`siaga.sock` beside the database; under systemd in its runtime directory",
        ),
        "include": Key(
            values.listed(values.text(1000), example='["checks.d/*.toml"]'),
            (),
            "list of globs",
            "more files; relative to this one",
        ),
    }
)

HISTORY = Table(
    {
        "raw": Key(
            values.duration(DAY, 36525 * DAY),
            35 * DAY,
            "duration",
            "how long every result is kept, by whole days; after that minutes for 100 days, and"
            " hours, days, spans and ledger for ever",
            "`35d`",
        ),
    }
)

GROUP = Table(
    {
        "name": Key(values.text(80), None, "text", "shown name", "its id"),
        "defaults": Key(
            values.subtable('{ interval = "60s" }'),
            {},
            "table",
            "any key a check may have; before those of `[defaults]`",
            "",
        ),
    }
)

CHECK = Table(
    {
        "type": Key(values.text(64), REQUIRED, "text", "how it is measured: the name of a probe"),
        "target": Key(
            values.text(2048), REQUIRED, "text", "what is measured, in the form its type asks for"
        ),
        "name": Key(values.text(80), None, "text", "shown name", "its id"),
        "group": Key(values.ident, None, "id", "the group it stands in and takes defaults from"),
        "was": Key(values.ident, None, "id", "its id before a rename: history follows"),
        "interval": Key(
            values.duration(1),
            30.0,
            "duration",
            "from start to start of two runs; at least `1s`",
            "`30s`",
        ),
        "timeout": Key(
            values.duration(0.001),
            10.0,
            "duration",
            "deadline of one run, names included; below `interval`. "
            "Not written beside a short `interval` it is four fifths of that",
            "`10s`",
        ),
        "retry_interval": Key(
            values.duration(0.2),
            5.0,
            "duration",
            "the interval while suspect or recovering; at least `200ms`. "
            "Not written it never exceeds `interval`",
            "`5s`",
        ),
        "failure_threshold": Key(
            values.whole(1, 100), 3, "whole 1-100", "failing results in a row before it is down"
        ),
        "success_threshold": Key(
            values.whole(1, 100), 2, "whole 1-100", "good results in a row before it is up again"
        ),
        "objective": Key(values.percent, None, "percent", "availability it should reach"),
        "severity": Key(
            values.member(Severity),
            Severity.MEDIUM,
            "`critical`, `high`, `medium` or `low`",
            "how much an outage matters; what routes go by",
            "`medium`",
        ),
        "depends_on": Key(
            readers.parents,
            (),
            "list of ids",
            'without these it cannot be reached; `[["a", "b"]]`: one of two is enough',
            "",
        ),
        "scope": Key(
            values.choice(("local", "external")),
            "local",
            "`local` or `external`",
            "whether it needs the uplink",
        ),
        "labels": Key(
            readers.labels,
            {},
            "table of texts",
            "labels of its metrics, and what routes may go by",
            "",
        ),
        "contract": Key(values.ident, None, "id", "the contract it is measured for"),
        "calendar": Key(
            values.ident, None, "id", "its service hours; what lies outside is not counted", "24x7"
        ),
        "public": Key(
            readers.public, None, "`{ name = … }`", "puts it on the public page under this name"
        ),
        "runbook": Key(
            values.text(1000),
            None,
            "path or address",
            "what to do when it fails; a path is relative to this file",
        ),
    },
)

SERVICE = Table(
    {
        "type": Key(
            values.choice(("all", "any", "at_least")),
            REQUIRED,
            "`all`, `any` or `at_least`",
            "how many of its members must be good",
        ),
        "members": Key(
            values.listed(values.ident, example='["web-portal", "db-perizinan"]'),
            REQUIRED,
            "list of ids",
            "the checks it is made of",
        ),
        "n": Key(values.whole(1, 50_000), None, "whole", "of `at_least`: so many", ""),
    }
    | {
        name: CHECK.keys[name]
        for name in ("name", "group", "objective", "severity", "labels", "public", "runbook")
    }
)

CHANNEL = Table(
    {
        "url": Key(
            values.anything,
            REQUIRED,
            "address",
            "an Apprise address; its secrets by reference: `tgram://${TOKEN}/${CHAT}`",
        ),
        "language": Key(
            values.choice(("id", "en")),
            None,
            "`id` or `en`",
            "language of its messages",
            "`siaga.language`",
        ),
    },
    later=frozenset({"fallback"}),
)

_severities = values.listed(values.member(Severity), example='["critical", "high"]')
_ids = values.listed(values.ident, example='["kecamatan"]')

MATCH = Table(
    {
        "severity": Key(_severities, None, "list", "one of these severities"),
        "group": Key(_ids, None, "list of ids", "in one of these groups"),
        "labels": Key(
            readers.labels, None, "table of texts", "all of these labels; `*` stands for any text"
        ),
    }
)

ROUTE = Table(
    {
        "match": Key(
            values.subtable('{ severity = ["critical"] }'),
            {},
            "table",
            "which checks; absent: all",
            "",
        ),
        "channels": Key(
            values.listed(values.ident, example='["piket"]'),
            REQUIRED,
            "list of ids",
            "the channels that are told",
        ),
        "degraded": Key(
            values.flag, False, "true or false", "whether degraded is sent, too", "`false`"
        ),
        "group_wait": Key(
            values.duration(0),
            30.0,
            "duration",
            "how long a first message waits for others to join it; may be `0s`",
            "`30s`",
        ),
        "group_interval": Key(
            values.duration(1),
            300.0,
            "duration",
            "least time between two messages of a group",
            "`5m`",
        ),
        "repeat_interval": Key(
            values.duration(0),
            14400.0,
            "duration",
            "reminders of what stays down; `0s`: none",
            "`4h`",
        ),
    },
    later=frozenset({"rota", "escalate"}),
)

COVER = Table(
    {
        **MATCH.keys,
        "check": Key(
            values.listed(values.ident, example='["web-portal"]'),
            None,
            "list of ids",
            "one of these checks",
        ),
    }
)

MAINTENANCE = Table(
    {
        "match": Key(
            values.subtable('{ group = ["kecamatan"] }'),
            REQUIRED,
            "table",
            "which checks; `{}`: all",
        ),
        "from": Key(
            readers.moment,
            REQUIRED,
            "time",
            "when it begins, in `siaga.timezone`; a rule counts from here",
        ),
        "duration": Key(
            values.duration(1, 31 * DAY),
            REQUIRED,
            "duration",
            "how long it lasts, elapsed; at most `31d`",
        ),
        "rrule": Key(
            values.text(200),
            None,
            "text",
            "iCalendar rule of the days on which it recurs: `FREQ=MONTHLY;BYDAY=1SU`",
            "once",
        ),
        "reason": Key(values.text(500), None, "text", "what is done"),
        "announced": Key(
            readers.day_or_moment,
            None,
            "date or time",
            "when those it concerns were told; a contract may ask for it",
        ),
    }
)

CALENDAR = Table(
    {
        "hours": Key(
            readers.hours,
            REQUIRED,
            "table of texts",
            'hours by day: `{ mon-thu = "07:30-15:30", fri = "07:30-11:30 13:00-14:30" }`',
        ),
        "periods": Key(
            values.listed(readers.period, example=readers.PERIOD),
            (),
            "list of tables",
            "other hours for a while, such as Ramadan's: `" + readers.PERIOD + "`",
        ),
        "holidays": Key(
            readers.country, None, "country", "closed on its public holidays: `ID`", "none"
        ),
        "joint_leave": Key(
            readers.flag_or_path,
            None,
            "false or path",
            "closed on joint leave (cuti bersama), too: the days that come with Siaga, and those "
            "of a file of your own (`[ID.2027]`, `days = [2027-03-08]`), whose years go first",
            "true, where there are any",
        ),
        "days_off": Key(
            values.listed(readers.day, example="[2026-12-31]"),
            (),
            "list of dates",
            "closed on these days, too",
        ),
        "working_days": Key(
            values.listed(readers.day, example="[2026-12-24]"),
            (),
            "list of dates",
            "open on these days, whatever else they are",
        ),
    }
)

CONTRACT = Table(
    {
        "provider": Key(values.text(120), REQUIRED, "text", "the vendor"),
        "number": Key(values.text(120), None, "text", "number of the contract"),
        "circuit": Key(values.text(120), None, "text", "the vendor's name of the circuit"),
        "sla": Key(values.percent, REQUIRED, "percent", "availability promised"),
        "fee": Key(
            values.amount,
            REQUIRED,
            "whole rupiah",
            "monthly fee before tax, of all its circuits: time that several are down counts once",
        ),
        "formula": Key(
            values.choice(("prorata", "selisih", "selisih-rasio", "bagi-sla", "tabel")),
            REQUIRED,
            "`prorata`, `selisih`, `selisih-rasio`, `bagi-sla` or `tabel`",
            "how the refund is calculated",
        ),
        "tiers": Key(
            values.listed(readers.tier, example="[{ below = 99.0, refund = 5 }]"),
            (),
            "list of tables",
            "for `tabel`: below this availability, this part of the fee",
            "",
        ),
        "cap": Key(values.percent, None, "percent", "the refund is at most this part of the fee"),
        "denominator": Key(
            values.choice(("calendar-month", "contract-start")),
            "calendar-month",
            "`calendar-month` or `contract-start`",
            "what the downtime is divided by in the contract's first and last month: the whole "
            "month, or its part from `start` to `end`",
        ),
        "minimum_outage": Key(
            values.duration(0), 300.0, "duration", "an outage counts when it is longer", "`5m`"
        ),
        "maintenance_notice": Key(
            values.duration(0),
            0.0,
            "duration",
            "maintenance is not counted when announced this long before it was to begin; "
            "`0s`: it need not be announced",
            "`0s`",
        ),
        "maintenance_quota": Key(
            values.duration(0), None, "duration", "at most so much maintenance a month", "no limit"
        ),
        "exclude": Key(
            readers.causes,
            frozenset(Cause) - {Cause.VENDOR},
            "list of causes",
            "outages that do not count, by the cause a person gave them: "
            f"{', '.join(f'`{cause}`' for cause in Cause)}; `[]`: none",
            "all but `vendor`",
        ),
        "start": Key(readers.day, None, "date", "first day"),
        "end": Key(readers.day, None, "date", "last day"),
        "response": Key(
            values.duration(1),
            None,
            "duration",
            "the vendor acknowledges a ticket within this time of its report, such as `30m`",
        ),
        "repair": Key(
            values.duration(1),
            None,
            "duration",
            "the vendor mends what a ticket is about within this time of its report, such as `4h`",
        ),
    }
)

LATER_TABLES = frozenset({"people", "rotas", "anchors", "watchdog", "blackbox"})
LATER_TYPES = frozenset(
    {
        "heartbeat",
        "snmp",
        "smtp",
        "imap",
        "pop3",
        "postgres",
        "mysql",
        "redis",
        "link",
        "ups",
        "path",
        "udp",
        "ldap",
        "ntp",
        "radius",
        "mqtt",
        "websocket",
        "grpc",
        "domain",
        "scenario",
        "integrity",
        "nagios",
        "expires",
        "host",
    }
)
