create view api.unknown_topic as
select topic, first_at, last_at, readings, last_value from ingest.unknown_topic;
comment on view api.unknown_topic is 'Topics that spoke and that no sensor has; adopt them with lotwatt sensor adopt';
comment on column api.unknown_topic.topic is 'MQTT topic, with /field for a value inside a larger message';
comment on column api.unknown_topic.first_at is 'First seen';
comment on column api.unknown_topic.last_at is 'Last seen';
comment on column api.unknown_topic.readings is 'Readings seen';
comment on column api.unknown_topic.last_value is 'Last value, as published';
