create view api.ledger_reason as
select hour as time, source, outcome, reason, count from ingest.ledger_reason;
comment on view api.ledger_reason is
'Why readings, events and messages were quarantined or dropped; adds up to those columns of api.ledger';
comment on column api.ledger_reason.time is 'Hour of receipt';
comment on column api.ledger_reason.source is 'Who brought it';
comment on column api.ledger_reason.outcome is 'quarantined or dropped';
comment on column api.ledger_reason.reason is
'Why; unknown_sensor is held until its topic is adopted, the others are listed by lotwatt quarantine list';
comment on column api.ledger_reason.count is 'How many';
