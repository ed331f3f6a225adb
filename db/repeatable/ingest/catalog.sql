-- Topics that go straight in: sensors that are enabled and mean their readings as they come.
create or replace function ingest.catalog() returns table (topic text, sensor_id int)
language sql stable security definer
set search_path = pg_catalog, pg_temp
begin atomic
    select s.topic, s.sensor_id from plant.sensor as s where s.is_enabled;
end;

comment on function ingest.catalog is 'The topic of each enabled sensor with its id, for the memory of a loader';
