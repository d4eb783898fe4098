-- Written by scripts/schema.py: what all migrations together make.

CREATE TABLE alembic_version ( version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num) );

CREATE TABLE applied ( token INTEGER NOT NULL, PRIMARY KEY (token) );

CREATE TABLE blip ( check_key INTEGER NOT NULL, began INTEGER NOT NULL, ended INTEGER NOT NULL, fails INTEGER NOT NULL, PRIMARY KEY (check_key, began) ) WITHOUT ROWID;

CREATE TABLE checks ( "key" INTEGER NOT NULL, id TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER, PRIMARY KEY ("key"), UNIQUE (id) );

CREATE TABLE chunk ( seq INTEGER NOT NULL, hour INTEGER NOT NULL, check_key INTEGER NOT NULL, count INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (seq) );

CREATE TABLE fact ( check_key INTEGER NOT NULL, name TEXT NOT NULL, since INTEGER NOT NULL, value TEXT NOT NULL, PRIMARY KEY (check_key, name, since) ) WITHOUT ROWID;

CREATE TABLE facts ( check_key INTEGER NOT NULL, value TEXT NOT NULL, PRIMARY KEY (check_key) );

CREATE TABLE idempotency ( principal TEXT NOT NULL, "key" TEXT NOT NULL, request TEXT NOT NULL, status INTEGER NOT NULL, body BLOB NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (principal, "key") ) WITHOUT ROWID;

CREATE TABLE incident ( id INTEGER NOT NULL, kind TEXT NOT NULL, check_key INTEGER, severity TEXT NOT NULL, began INTEGER NOT NULL, began_bound INTEGER, ended INTEGER, ended_bound INTEGER, reason TEXT, detail TEXT NOT NULL, affected TEXT NOT NULL, acked TEXT, cause TEXT, cause_reason TEXT, notes TEXT NOT NULL, told TEXT NOT NULL, closing TEXT, ticket TEXT, proposed TEXT, cause_by TEXT, cause_at INTEGER, PRIMARY KEY (id) );

CREATE TABLE ingest ( seq INTEGER NOT NULL, check_key INTEGER NOT NULL, id INTEGER NOT NULL, at INTEGER NOT NULL, code INTEGER NOT NULL, duration INTEGER NOT NULL, latency INTEGER, loss INTEGER, phase_set INTEGER NOT NULL, phases BLOB, detail TEXT, PRIMARY KEY (seq) );

CREATE TABLE ledger ( seq INTEGER NOT NULL, entry TEXT NOT NULL, prev TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (seq) );

CREATE TABLE life ( id INTEGER NOT NULL, at INTEGER, seq INTEGER NOT NULL, era INTEGER NOT NULL, PRIMARY KEY (id) );

CREATE TABLE monitored ( check_key INTEGER NOT NULL, began INTEGER NOT NULL, ended INTEGER, PRIMARY KEY (check_key, began) ) WITHOUT ROWID;

CREATE TABLE notification ( id INTEGER NOT NULL, incident INTEGER, channel TEXT NOT NULL, kind TEXT NOT NULL, seq INTEGER NOT NULL, created INTEGER NOT NULL, due INTEGER NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL, attempted INTEGER, delivered INTEGER, error TEXT, stored BOOLEAN NOT NULL, PRIMARY KEY (id) );

CREATE TABLE overlay ( id INTEGER NOT NULL, kind TEXT NOT NULL, source TEXT NOT NULL, check_key INTEGER, covers TEXT, start TEXT, duration INTEGER, zone TEXT, rrule TEXT, reason TEXT, announced INTEGER, entered INTEGER NOT NULL, entered_by TEXT NOT NULL, withdrawn INTEGER, withdrawn_by TEXT, PRIMARY KEY (id) );

CREATE TABLE own_state ( began INTEGER NOT NULL, ended INTEGER NOT NULL, lag INTEGER NOT NULL, late INTEGER NOT NULL, step INTEGER NOT NULL, slept INTEGER NOT NULL, unstored INTEGER NOT NULL, synchronised BOOLEAN, clock_error INTEGER, runs INTEGER NOT NULL, unjudged INTEGER NOT NULL, missed INTEGER NOT NULL, up INTEGER NOT NULL, degraded INTEGER NOT NULL, down INTEGER NOT NULL, unknown INTEGER NOT NULL, outbox INTEGER NOT NULL, PRIMARY KEY (began, ended) ) WITHOUT ROWID;

CREATE TABLE phase_set ( id INTEGER NOT NULL, names TEXT NOT NULL, PRIMARY KEY (id) );

CREATE TABLE report ( seq INTEGER NOT NULL, month TEXT NOT NULL, revision INTEGER NOT NULL, at INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (seq) );

CREATE TABLE rolled ( began INTEGER NOT NULL, ended INTEGER NOT NULL, finest TEXT NOT NULL, PRIMARY KEY (began) );

CREATE TABLE rollup ( seq INTEGER NOT NULL, began INTEGER NOT NULL, check_key INTEGER NOT NULL, day BLOB NOT NULL, hours BLOB NOT NULL, PRIMARY KEY (seq) );

CREATE TABLE rollup_minutes ( seq INTEGER NOT NULL, began INTEGER NOT NULL, check_key INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (seq) );

CREATE TABLE sealed ( day TEXT NOT NULL, began INTEGER NOT NULL, ended INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (day) );

CREATE TABLE span ( check_key INTEGER NOT NULL, began INTEGER NOT NULL, ended INTEGER, condition TEXT NOT NULL, known BOOLEAN NOT NULL, bound INTEGER, up INTEGER NOT NULL, degraded INTEGER NOT NULL, down INTEGER NOT NULL, outages INTEGER NOT NULL, PRIMARY KEY (check_key, began) ) WITHOUT ROWID;

CREATE TABLE state ( check_key INTEGER NOT NULL, value TEXT NOT NULL, PRIMARY KEY (check_key) );

CREATE TABLE term ( subject TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (subject) );

CREATE TABLE token ( id INTEGER NOT NULL, name TEXT NOT NULL, hash TEXT NOT NULL, scopes TEXT NOT NULL, created INTEGER NOT NULL, expires INTEGER, revoked INTEGER, PRIMARY KEY (id) );

CREATE TABLE transition ( seq INTEGER NOT NULL, check_key INTEGER NOT NULL, at INTEGER NOT NULL, old TEXT NOT NULL, new TEXT NOT NULL, old_state TEXT NOT NULL, new_state TEXT NOT NULL, began INTEGER NOT NULL, bound INTEGER, unknown_from INTEGER, unknown_until INTEGER, reason TEXT, detail TEXT NOT NULL, result_id INTEGER NOT NULL, PRIMARY KEY (seq) );

CREATE UNIQUE INDEX ix_chunk_hour_check ON chunk (hour, check_key);

CREATE INDEX ix_incident_check_key ON incident (check_key);

CREATE INDEX ix_incident_ended ON incident (ended);

CREATE INDEX ix_notification_incident ON notification (incident);

CREATE INDEX ix_notification_state ON notification (state);

CREATE UNIQUE INDEX ix_rollup_began_check ON rollup (began, check_key);

CREATE UNIQUE INDEX ix_rollup_minutes_began_check ON rollup_minutes (began, check_key);

CREATE INDEX ix_transition_check_at ON transition (check_key, at);

INSERT INTO alembic_version VALUES ('0001');
