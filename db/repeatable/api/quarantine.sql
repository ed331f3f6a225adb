create view api.quarantine as
select
    quarantine_id as id, reason, topic, detail, count, first_at, last_at, payload_length,
    payload_length > length(payload) as is_cut
from ingest.quarantine;
comment on view api.quarantine is
'Messages that were not taken in, and why; their payload is for lotwatt quarantine show, replay brings them in';
comment on column api.quarantine.id is 'Number of the row, for lotwatt quarantine show and replay';
comment on column api.quarantine.reason is 'Why it was not taken in';
comment on column api.quarantine.topic is 'MQTT topic';
comment on column api.quarantine.detail is 'What was wrong';
comment on column api.quarantine.count is 'How often the same message came';
comment on column api.quarantine.first_at is 'First received';
comment on column api.quarantine.last_at is 'Last received';
comment on column api.quarantine.payload_length is 'Bytes of the message; at most 4096 are kept';
comment on column api.quarantine.is_cut is 'True where not all of it is kept: it cannot be replayed';
