"""Which checks are watched since when: what an accepted configuration changes in the record.

What changes is an entry of the ledger in the same transaction, so that it can be rebuilt.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from uptime.core.statements import entry
from uptime.store.batches import Book


def accept(
    book: Book, checks: Mapping[str, str | None], at: int, paused: Collection[str] = ()
) -> None:
    """Exactly `checks` (id to the id it had before, if any) are configured from `at` on, and
    watched but for the `paused` ones.

    Others stop being watched; what is watched already goes on. A former id hands its history
    over if it is no longer configured itself and the new one has none.
    """
    db = book.db
    renamed: list[str] = []
    for check, was in checks.items():
        if was in book.keys and was not in checks and check not in book.keys:
            db.execute("UPDATE checks SET id = ? WHERE id = ?", (check, was))
            book.keys[check] = book.former[was] = book.keys.pop(was)
            renamed += [was, check]
        book.former.pop(check, None)
    wanted = {book.key(check, at): check for check in checks if check not in paused}
    watched = {key for (key,) in db.execute("SELECT check_key FROM monitored WHERE ended IS NULL")}
    # By a clock that was set back they are watched, or not, from now on.
    ahead = "SELECT DISTINCT check_key FROM monitored WHERE began > ? OR ended > ?"
    dated_later = {key for (key,) in db.execute(ahead, (at, at))}
    gone = sorted(watched - wanted.keys() | dated_later)
    come = sorted(wanted.keys() - watched | wanted.keys() & dated_later)
    # What an older clock said of later times holds no more.
    for key in {*gone, *come}:
        db.execute("DELETE FROM monitored WHERE check_key = ? AND began >= ?", (key, at))
        db.execute(
            "UPDATE monitored SET ended = ? WHERE check_key = ? AND (ended IS NULL OR ended > ?)",
            (at, key, at),
        )
    db.executemany(
        "INSERT INTO monitored (check_key, began, ended) VALUES (?, ?, NULL)",
        [(key, at) for key in come],
    )
    db.executemany("UPDATE checks SET last = ? WHERE key = ?", [(at, key) for key in gone])
    db.executemany("UPDATE checks SET last = NULL WHERE key = ?", [(key,) for key in come])
    if gone or come or renamed:
        names = {key: check for check, key in book.keys.items()}
        watch = entry(
            "watched",
            at,
            renamed=renamed or None,
            removed=[names[key] for key in gone] or None,
            added=[names[key] for key in come] or None,
            keys=[str(key) for key in come] or None,
        )
        book.enter([watch])
