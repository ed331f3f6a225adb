create view api.ledger as
select hour as time, source, messages, received, stored, duplicate, conflict, quarantined, dropped from ingest.ledger;
comment on view api.ledger is 'Where every reading went: received = stored + duplicate + conflict + quarantined + dropped';
comment on column api.ledger.time is 'Hour of receipt';
comment on column api.ledger.source is 'Who brought it';
comment on column api.ledger.messages is 'Messages';
comment on column api.ledger.received is 'Readings and events received';
comment on column api.ledger.stored is 'Stored';
comment on column api.ledger.duplicate is 'Known already';
comment on column api.ledger.conflict is 'Another value for a stamp that is stored';
comment on column api.ledger.quarantined is 'Kept aside; api.ledger_reason says why';
comment on column api.ledger.dropped is 'Counted and dropped; api.ledger_reason says why';
